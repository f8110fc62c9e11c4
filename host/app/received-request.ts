/**
 * A request as agents get it: under the URL they are to see, with headers read from what the server parsed.
 *
 * A view of the adapter's request, which is lazy: making the platform's full `Request` of it, or its
 * `Headers`, would cost more than a small agent's answer.
 *
 * @module
 */
import type { AbortSource, WebHeaders, WebRequest } from '../../runtime/host-module/index.ts'

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
    return this.#mayHaveBody() ? this.#raw.body : null
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#raw.arrayBuffer()
  }

  /** Asked before the adapter is, which builds the platform's request to answer. */
  #mayHaveBody(): boolean {
    if (!(this.headers instanceof RawHeaders)) return true
    // https://www.rfc-editor.org/rfc/rfc9112#section-6-4
    const length = this.headers.get('content-length')
    return (length !== null && length !== '0') || this.headers.get('transfer-encoding') !== null
  }
}

/** What is used of Node's `ServerResponse`. */
interface Outgoing {
  readonly writableFinished: boolean
  readonly destroyed: boolean
  on(event: 'close', listener: () => void): void
}

/**
 * Tells when the client goes away: by Node's response where there is one, else by the platform's signal,
 * which the adapter builds with the rest of the platform's request.
 *
 * @param environment - what the adapter passes beside the request; Node's has `outgoing`
 */
export function clientOf(raw: Request, environment: unknown): AbortSource {
  const outgoing = (environment as { outgoing?: Outgoing } | undefined)?.outgoing
  return outgoing === undefined ? raw.signal : new Connection(outgoing)
}

class Connection implements AbortSource {
  readonly #outgoing: Outgoing
  #listener: (() => void) | undefined

  constructor(outgoing: Outgoing) {
    this.#outgoing = outgoing
  }

  get aborted(): boolean {
    return this.#outgoing.destroyed && !this.#outgoing.writableFinished
  }

  /** One listener at a time: the engine has one an invocation. */
  addEventListener(_: 'abort', listener: () => void): void {
    this.#listener = listener
    // Left in place: the response ends with the request. Taking a listener off costs more than the rest of the
    // answer, in objects that outlive every scavenge (Node 26).
    this.#outgoing.on('close', () => {
      // An answer that was sent to its end closes the response too.
      if (!this.#outgoing.writableFinished) this.#listener?.()
    })
  }

  removeEventListener(): void {
    this.#listener = undefined
  }

  onClose(listener: () => void): void {
    this.#outgoing.on('close', listener)
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
