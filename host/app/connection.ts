/**
 * What the data plane asks of the connection that a request came by. A target that knows more of it than the Web's
 * `Request` says brings one of its own.
 *
 * @module
 */

import type { AbortSource, WebHeaders } from '../../runtime/host-module/index.ts'
import { UNKNOWN_PASSAGE, type Passage } from './passage.ts'

export interface Connection {
  /** When the request began to arrive, by `performance.now()`. */
  readonly startedAt: number
  /** Of the request, as they came. */
  readonly headers: WebHeaders
  /**
   * How the request got here. Asked once.
   *
   * @default nothing is known
   */
  readonly passage?: Passage
  /** False only where the head says that no body follows. Asked before the body is, which may cost more. */
  readonly mayHaveBody: boolean
  /** Tells when the client goes away before it has the answer. */
  readonly client: AbortSource
  /**
   * What follows the body of the request. Settles after it has ended, and rejects when it breaks off.
   *
   * @returns nothing where nothing can follow, or the platform cannot tell
   */
  receiveTrailers(): Promise<Headers | undefined> | undefined
  /**
   * The body of a request whose method has none for the Web's `Request`.
   *
   * @default there is none
   */
  readonly unreadBody?: ReadableStream<Uint8Array>
  /**
   * Takes the body of the request, which nothing has read, if all of it is there.
   *
   * @default it cannot tell
   */
  arrivedBody?(): Uint8Array | undefined
  /**
   * Sends the answer without a type of its content, in place of one that the server makes up.
   *
   * @default the server's own way
   */
  sendUntyped?(): void
  /**
   * Sends what follows the body of the answer, where there is room for it.
   *
   * @param headers - of the answer, before they are sent
   * @param following - settles before the body has been sent, and rejects when it breaks off
   */
  sendTrailers(headers: Headers, following: Promise<Headers | undefined>): void
}

/** What a target passes beside a request. */
export interface RequestEnvironment {
  /** @default what the platform's `Request` says */
  readonly connection?: Connection
  /**
   * How the request got here, where there is no `connection`.
   *
   * @default nothing is known
   */
  readonly passage?: Passage
}

/**
 * The connection of a request, by its target or else by the request alone.
 *
 * @param environment - absent where the app is called with a request only
 */
export function connectionOf(
  raw: Request,
  environment: RequestEnvironment | undefined,
): Connection {
  return environment?.connection ?? new RequestConnection(raw, environment?.passage)
}

/** What a `Request` says of its connection: nothing of trailers. */
class RequestConnection implements Connection {
  readonly startedAt: number = performance.now()
  readonly headers: WebHeaders
  readonly mayHaveBody = true
  readonly passage: Passage
  readonly #raw: Request

  constructor(raw: Request, passage: Passage = UNKNOWN_PASSAGE) {
    this.passage = passage
    this.#raw = raw
    this.headers = raw.headers
  }

  /** Built by some platforms when it is asked for. */
  get client(): AbortSource {
    return this.#raw.signal
  }

  receiveTrailers(): undefined {}

  sendTrailers(): void {}
}
