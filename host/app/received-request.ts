/**
 * A request as agents get it: with the URL for agents, and headers read from the server's parsed message.
 *
 * It is a lazy view of the adapter's request: making the platform's full `Request`, or its `Headers`, would cost more
 * than a small agent's answer.
 *
 * @module
 */
import { setTrailers, type WebHeaders, type WebRequest } from '../../runtime/host-module/index.ts'
import { isBodyless } from '../../runtime/policy/index.ts'
import type { Connection } from './connection.ts'
import { ToldHeaders, type Told } from './told-headers.ts'

export class ReceivedRequest implements WebRequest {
  readonly method: string
  readonly url: string
  readonly headers: WebHeaders
  readonly #raw: Request | undefined
  readonly #connection: Connection

  /** @param raw - the request of the adapter; absent where no body follows */
  constructor(
    method: string,
    url: string,
    connection: Connection,
    raw: Request | undefined,
    told: Told,
  ) {
    this.#raw = raw
    this.method = method
    this.url = url
    this.headers = new ToldHeaders(connection.headers, told)
    this.#connection = connection
    const trailers = connection.receiveTrailers()
    if (trailers === undefined) return
    // Most agents do not ask.
    trailers.catch(() => {})
    setTrailers(this, trailers)
  }

  get body(): ReadableStream<Uint8Array> | null {
    if (!this.#connection.mayHaveBody) return null
    if (isBodyless(this.method)) return this.#connection.unreadBody ?? null
    return this.#raw?.body ?? null
  }

  arrived(): Uint8Array | undefined {
    return this.#connection.arrivedBody?.()
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#raw === undefined ? new ArrayBuffer(0) : this.#raw.arrayBuffer()
  }
}
