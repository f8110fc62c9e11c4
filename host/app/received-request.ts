/**
 * A request as agents get it: under the URL they are to see, with headers read from what the server parsed.
 *
 * A view of the adapter's request, which is lazy: making the platform's full `Request` of it, or its
 * `Headers`, would cost more than a small agent's answer.
 *
 * @module
 */
import type { WebHeaders, WebRequest } from '../../runtime/capability/index.ts'

export class ReceivedRequest implements WebRequest {
  readonly method: string
  readonly url: string
  readonly headers: WebHeaders
  readonly #raw: Request

  constructor(raw: Request, url: string, headers: WebHeaders) {
    this.#raw = raw
    this.method = raw.method
    this.url = url
    this.headers = headers
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#raw.body
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#raw.arrayBuffer()
  }
}

/**
 * The headers of a request: from Node's list of them where there is one, else the platform's.
 *
 * @param environment - what the adapter passes beside the request; Node's has `incoming.rawHeaders`
 */
export function headersOf(raw: Request, environment: unknown): WebHeaders {
  const incoming = (environment as { incoming?: { rawHeaders?: unknown } } | undefined)?.incoming
  // Node's servers pass strings in turn: name, value, name, value.
  return Array.isArray(incoming?.rawHeaders) ? new RawHeaders(incoming.rawHeaders) : raw.headers
}

class RawHeaders implements WebHeaders {
  readonly #pairs: readonly [string, string][]

  constructor(list: readonly string[]) {
    const pairs: [string, string][] = []
    for (let i = 0; i + 1 < list.length; i += 2)
      pairs.push([(list[i] ?? '').toLowerCase(), list[i + 1] ?? ''])
    this.#pairs = pairs
  }

  get(name: string): string | null {
    let found: string | null = null
    for (const [each, value] of this.#pairs)
      if (each === name) found = found === null ? value : `${found}, ${value}`
    return found
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.#pairs[Symbol.iterator]()
  }
}
