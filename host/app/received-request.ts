/**
 * A request as agents get it: under the URL they are to see, with headers read from what the server parsed.
 *
 * A view of the adapter's request, which is lazy: making the platform's full `Request` of it, or its
 * `Headers`, would cost more than a small agent's answer.
 *
 * @module
 */
import { setTrailers, type WebHeaders, type WebRequest } from '../../runtime/host-module/index.ts'
import type { Connection } from './connection.ts'

export class ReceivedRequest implements WebRequest {
  readonly method: string
  readonly url: string
  readonly headers: WebHeaders
  readonly #raw: Request
  readonly #connection: Connection

  constructor(raw: Request, url: string, connection: Connection) {
    this.#raw = raw
    this.method = raw.method
    this.url = url
    this.headers = connection.headers
    this.#connection = connection
    const trailers = connection.receiveTrailers()
    if (trailers === undefined) return
    // Most agents do not ask.
    trailers.catch(() => {})
    setTrailers(this, trailers)
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#connection.mayHaveBody ? this.#raw.body : null
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#raw.arrayBuffer()
  }
}
