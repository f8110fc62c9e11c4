/**
 * `EventSource`, over `fetch`: its rules, limits and records hold for each connection.
 *
 * @module
 */

import { requireRequest } from '../../host.ts'
import { define } from '../define.ts'
import { EventStream, type ServerEvent } from './event-stream.ts'

type Handler<E extends Event> = ((event: E) => unknown) | null

// As long as browsers wait, about. The deadline of a request leaves time for a few of these.
const RETRY_MS = 3_000
const TYPE = /^text\/event-stream *(;|$)/i
/** Codes of `fetch` after which another attempt may help. */
const PASSING: readonly unknown[] = ['timeout', 'unavailable']

class EventSource extends EventTarget {
  declare static readonly CONNECTING: 0
  declare static readonly OPEN: 1
  declare static readonly CLOSED: 2
  declare readonly CONNECTING: 0
  declare readonly OPEN: 1
  declare readonly CLOSED: 2

  onopen: Handler<Event> = null
  onmessage: Handler<MessageEvent> = null
  onerror: Handler<Event> = null
  readonly #url: string
  readonly #withCredentials: boolean
  readonly #end = new AbortController()
  #readyState = 0
  #retryMs = RETRY_MS
  #lastEventId = ''

  constructor(url: string | URL, init: EventSourceInit = {}) {
    super()
    requireRequest('open an EventSource')
    const parsed = URL.parse(url)
    if (parsed === null)
      throw new DOMException('Cannot open an EventSource: its URL does not parse', 'SyntaxError')
    this.#url = parsed.href
    this.#withCredentials = Boolean(init?.withCredentials)
    this.addEventListener('open', (event) => this.onopen?.(event))
    this.addEventListener('message', (event) => this.onmessage?.(event as MessageEvent))
    this.addEventListener('error', (event) => this.onerror?.(event))
    void this.#run()
  }

  get url(): string {
    return this.#url
  }

  /** Changes nothing: an agent has no cookies. */
  get withCredentials(): boolean {
    return this.#withCredentials
  }

  get readyState(): number {
    return this.#readyState
  }

  close(): void {
    this.#readyState = 2
    this.#end.abort()
  }

  async #run(): Promise<void> {
    while (await this.#connect()) {
      if (this.#isClosed()) return
      this.#readyState = 0
      this.dispatchEvent(new Event('error'))
      if (this.#isClosed()) return
      await new Promise((resolve) => setTimeout(resolve, this.#retryMs))
      if (this.#isClosed()) return
    }
    if (this.#isClosed()) return
    this.#readyState = 2
    this.dispatchEvent(new Event('error'))
  }

  /** Reads one connection to its end. Returns whether to make another one. */
  async #connect(): Promise<boolean> {
    let response: Response
    try {
      const { signal } = this.#end
      response = await fetch(this.#url, { headers: this.#headers(), cache: 'no-store', signal })
    } catch (error) {
      return mayPass(error)
    }
    const { body } = response
    if (response.status !== 200 || !TYPE.test(response.headers.get('content-type') ?? '')) {
      await body?.cancel().catch(() => {})
      return false
    }
    if (this.#isClosed()) return false
    this.#readyState = 1
    this.dispatchEvent(new Event('open'))
    if (body === null) return true
    try {
      await this.#read(body, new URL(response.url).origin)
      return true
    } catch (error) {
      return mayPass(error)
    }
  }

  async #read(body: ReadableStream<Uint8Array>, origin: string): Promise<void> {
    const decoder = new TextDecoder()
    const stream = new EventStream(
      {
        event: (event) => this.#deliver(event, origin),
        retry: (ms) => {
          this.#retryMs = ms
        },
      },
      this.#lastEventId,
    )
    for await (const chunk of body) {
      stream.write(decoder.decode(chunk, { stream: true }))
      // An id alone counts as well.
      this.#lastEventId = stream.id
      if (this.#isClosed()) return
    }
  }

  #deliver({ type, data, lastEventId }: ServerEvent, origin: string): void {
    if (this.#isClosed()) return
    this.#lastEventId = lastEventId
    this.dispatchEvent(new MessageEvent(type, { data, lastEventId, origin }))
  }

  #headers(): Record<string, string> {
    const headers = { accept: 'text/event-stream' }
    if (this.#lastEventId === '') return headers
    // A header is bytes, and these are UTF-8.
    const bytes = new TextEncoder().encode(this.#lastEventId)
    const id = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
    return { ...headers, 'last-event-id': id }
  }

  #isClosed(): boolean {
    return this.#readyState === 2
  }

  get [Symbol.toStringTag](): string {
    return 'EventSource'
  }
}

for (const [value, name] of ['CONNECTING', 'OPEN', 'CLOSED'].entries()) {
  for (const holder of [EventSource, EventSource.prototype])
    Object.defineProperty(holder, name, { value, enumerable: true })
}
define({ EventSource })

/** Whether it is a failure of the network. A refusal or a spent limit stays one. */
function mayPass(error: unknown): boolean {
  return error instanceof Error && PASSING.includes((error as { code?: unknown }).code)
}
