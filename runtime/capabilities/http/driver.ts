/**
 * The contract of a driver that sends HTTP requests for the `http` capability.
 *
 * The capability has decided that the manifest grants the URL. The driver decides about addresses: only the driver knows
 * the address of a name, and it must dial exactly the address it has checked.
 *
 * @module
 */

import type { Shared } from '../../host-module/index.ts'
import type { Network } from '../../policy/index.ts'
import type { HttpDriverOptions } from './driver-options.ts'
import type { WebSocketDriver } from './websocket-driver.ts'

/** A request as plain values. */
export interface HttpAsked {
  /** In upper case. */
  readonly method: string
  readonly url: URL
  /** Names in lower case, values with a character a byte. `content-length` is not among them. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Empty for none, or a stream of bytes that are still to come. A stream fails when it breaks off: so must the request. */
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>
}

/** A response as plain values. */
export interface HttpReply {
  /** From 200 to 599. */
  readonly status: number
  /** Values with a character a byte. */
  readonly headers: Iterable<readonly [name: string, value: string]>
  /** Bytes that do not change any more, or a stream of bytes that are still to be read. */
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null
}

/**
 * Sends the requests that the `http` capability lets through. The driver decides about addresses, because only the driver
 * knows the address of a name.
 */
export interface HttpDriver {
  /** For messages and logs: `guarded-fetch`. */
  readonly name: string
  /**
   * Its connections, for statistics.
   *
   * @default none are counted
   */
  readonly sockets?: Shared
  /**
   * Sends one request and returns its response with the body still to be read. Never follows a redirect: each hop is a
   * separate request, with its own grant.
   *
   * @throws {HttpRefusal} when the rule does not allow the network of the address
   */
  fetch(request: Request, options: HttpDriverOptions): Promise<Response>
  /**
   * The same with plain values: objects of the Web take as long as the rest of a small request. A reply that is there at
   * once is returned without a promise; the guest then does not wait at all. Not called for an agent with secrets in its
   * rules.
   *
   * @default `fetch` is called
   * @throws {HttpRefusal} when the rule does not allow the network of the address
   */
  exchange?(request: HttpAsked, options: HttpDriverOptions): HttpReply | Promise<HttpReply>
  /**
   * Opens WebSockets, to the addresses and over the connections that are allowed to requests.
   *
   * @default none: each attempt is `unavailable`
   */
  readonly webSocket?: WebSocketDriver
}

/** An address the grant does not cover. Not a failure of the other side: the guest sees `denied`. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal'
  /** The network to grant, when granting one would help. */
  readonly network: Network | undefined

  constructor(message: string, network?: Network) {
    super(message)
    this.network = network
  }
}
