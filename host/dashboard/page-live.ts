/**
 * Tells open pages what happens, as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 * Each event is written once for all pages. A page that reads slowly gets the latest state alone and loses requests, and an
 * event says how many: nothing waits for it, and what is held for it is bounded.
 *
 * @module
 */

import type { PageRecent, PageState, TailEvent } from '../control/index.ts'
import { RecentEvents } from './recent-events.ts'

export interface PageLiveOptions {
  /** Asked while a page is open. Workers answer it, so it costs them a little. */
  readonly state: () => Promise<PageState>
}

// A person has a few. Each costs the main thread a little.
const MAX_PAGES = 32
// A person sees no difference, and the main thread is woken four times a second.
const FLUSH_MS = 250
const STATE_MS = 1_000
// The state of a thousand agents is a megabyte of JSON: no more than that a second, for all pages.
const STATE_BYTES_PER_MS = 1_024
// Bundles of what has happened, for a page that does not read: five seconds of them.
const MAX_HELD = 20

interface Page {
  readonly stream: ReadableStreamDefaultController<Uint8Array>
  readonly isAllowed: () => boolean
  state: Uint8Array | undefined
  findings: Uint8Array | undefined
  recent: Uint8Array[]
  lost: number
}

const encoder = new TextEncoder()

export class PageLive {
  readonly #options: PageLiveOptions
  readonly #pages = new Set<Page>()
  readonly #events = new RecentEvents()
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #state: Uint8Array | undefined
  #stateDueAt = 0
  #isAsking = false

  constructor(options: PageLiveOptions) {
    this.#options = options
  }

  /** Takes events of a worker, and how many it left out before these. */
  publish(events: readonly TailEvent[], lost: number): void {
    this.#events.add(events, lost)
  }

  /** Returns events until the client or the host ends, or the page is no longer allowed; nothing when too many follow. */
  follow(isAllowed: () => boolean): ReadableStream<Uint8Array> | undefined {
    if (this.#closed || this.#pages.size >= MAX_PAGES) return undefined
    let page: Page
    return new ReadableStream<Uint8Array>(
      {
        start: (stream) => {
          // What others know already, so that a page is whole at once.
          page = {
            stream,
            isAllowed,
            state: this.#state,
            findings: frame('findings', this.#events.findings()),
            recent: [frame('recent', this.#events.latest())],
            lost: 0,
          }
          this.#pages.add(page)
          this.#stateDueAt = 0
          this.#timer ??= setInterval(() => this.#flush(), FLUSH_MS).unref()
          drain(page)
          void this.#ask()
        },
        pull: () => drain(page),
        cancel: () => this.#drop(page),
      },
      { highWaterMark: 1 },
    )
  }

  /** Ends every stream, and takes no more pages. */
  close(): void {
    this.#closed = true
    for (const page of this.#pages) this.#end(page)
  }

  #flush(): void {
    for (const page of this.#pages) if (!page.isAllowed()) this.#end(page)
    if (this.#pages.size === 0) return
    void this.#ask()
    const news = this.#events.take()
    const recent = news.recent && frame('recent', news.recent)
    const findings = news.hasFindings ? frame('findings', this.#events.findings()) : undefined
    for (const page of this.#pages) {
      page.findings = findings ?? page.findings
      if (recent !== undefined) hold(page, recent, news.recent)
      drain(page)
    }
  }

  /** At most one question at a time: a worker that is busy answers late. */
  async #ask(): Promise<void> {
    const now = performance.now()
    if (this.#isAsking || now < this.#stateDueAt) return
    this.#isAsking = true
    try {
      const state = frame('state', await this.#options.state())
      this.#state = state
      this.#stateDueAt = now + Math.max(STATE_MS, state.byteLength / STATE_BYTES_PER_MS)
      for (const page of this.#pages) {
        page.state = state
        drain(page)
      }
    } catch {
      // A host that is closing. The next look asks again.
    } finally {
      this.#isAsking = false
    }
  }

  #drop(page: Page): void {
    if (!this.#pages.delete(page) || this.#pages.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#state = undefined
  }

  #end(page: Page): void {
    this.#drop(page)
    page.stream.close()
  }
}

function hold(page: Page, bytes: Uint8Array, recent: PageRecent | undefined): void {
  if (page.recent.length < MAX_HELD) page.recent.push(bytes)
  else page.lost += (recent?.requests.length ?? 0) + (recent?.logs.length ?? 0)
}

/** Passes on what is held, if the client has read what went before. */
function drain(page: Page): void {
  const { stream, state, findings, recent, lost } = page
  if ((stream.desiredSize ?? 0) <= 0) return
  const missed = lost === 0 ? [] : [frame('recent', { requests: [], logs: [], lost })]
  const frames = [state, findings, ...recent, ...missed].filter((each) => each !== undefined)
  if (frames.length === 0) return
  Object.assign(page, { state: undefined, findings: undefined, recent: [], lost: 0 })
  stream.enqueue(joined(frames))
}

/** JSON has no line breaks, which would end the field. */
function frame(event: string, data: object): Uint8Array {
  return encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}
