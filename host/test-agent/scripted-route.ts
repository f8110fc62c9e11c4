/** The answers of a test to requests of one kind. @module */
import type { RecordedRequest } from './recorded-request.ts'

/** Whether a URL is meant: a `URLPattern` and a `RegExp` are such. */
export interface UrlTest {
  /** @param url - absolute */
  test(url: string): boolean
}

/** An answer, or a function that makes one of the request. The signal is aborted when the agent gives up. */
export type ScriptedAnswer =
  Response | ((request: RecordedRequest, signal: AbortSignal) => Response | Promise<Response>)

/** Pieces of a body, each sent by itself. */
export type Chunks = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

type Answer = (request: RecordedRequest, signal: AbortSignal) => Response | Promise<Response>

/** Answers to requests of one kind: in the order they were given, each once, but for the last, which stays. */
export interface ScriptedRoute {
  /** The requests that it has answered, in order. */
  readonly requests: readonly RecordedRequest[]
  /** Answers with `answer`. */
  reply(answer: ScriptedAnswer): this
  /**
   * Answers with a body that comes in pieces.
   *
   * @param chunks - a generator is asked for a piece when the one before was taken, and is empty for a second request
   */
  stream(chunks: Chunks, init?: ResponseInit): this
  /** Fails as a connection does that breaks off. Agents do not see the message. */
  fail(message?: string): this
}

/** The side of a route that gives its answers. */
export class AnsweringRoute implements ScriptedRoute {
  readonly #method: string
  readonly #fitsUrl: (url: URL) => boolean
  readonly #answers: Answer[] = []
  readonly #requests: RecordedRequest[] = []

  constructor(method: string, url: string | URL | UrlTest) {
    this.#method = method.toUpperCase()
    this.#fitsUrl = urlTest(url)
  }

  get requests(): readonly RecordedRequest[] {
    return this.#requests
  }

  reply(answer: ScriptedAnswer): this {
    // A copy: a body is read once, and the last answer may be wanted often.
    this.#answers.push(typeof answer === 'function' ? answer : () => answer.clone())
    return this
  }

  stream(chunks: Chunks, init: ResponseInit = {}): this {
    return this.reply(() => new Response(bytesOf(chunks), init))
  }

  fail(message = 'The test fails this request'): this {
    return this.reply(() => Promise.reject(new Error(message)))
  }

  /** Whether it has an answer for `request`. */
  fits({ method, url }: RecordedRequest): boolean {
    const isMethod = this.#method === '*' || this.#method === method
    return isMethod && this.#answers.length > 0 && this.#fitsUrl(url)
  }

  /** Answers `request`, which it fits. */
  async answer(request: RecordedRequest, signal: AbortSignal): Promise<Response> {
    this.#requests.push(request)
    const [answer] = this.#answers
    if (this.#answers.length > 1) this.#answers.shift()
    if (answer === undefined) throw new Error(`Cannot answer ${request.url}: no answer was given`)
    return answer(request, signal)
  }
}

function urlTest(wanted: string | URL | UrlTest): (url: URL) => boolean {
  if (wanted instanceof RegExp) return ({ href }) => href.search(wanted) >= 0
  if (typeof wanted === 'object' && 'test' in wanted) return ({ href }) => wanted.test(href)
  const exact = new URL(wanted)
  if (exact.search !== '') return ({ href }) => href === exact.href
  return ({ origin, pathname }) => origin === exact.origin && pathname === exact.pathname
}

function bytesOf(chunks: Chunks): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const asBytes = (chunk: string | Uint8Array): Uint8Array =>
    typeof chunk === 'string' ? encoder.encode(chunk) : chunk
  const iterator = iterate(chunks)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next()
        if (done === true) controller.close()
        else controller.enqueue(asBytes(value))
      },
      async cancel() {
        await iterator.return?.(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}

async function* iterate(chunks: Chunks): AsyncGenerator<string | Uint8Array> {
  yield* chunks
}
