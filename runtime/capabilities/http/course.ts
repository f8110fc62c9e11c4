/**
 * The way of one request of a guest over its redirects: from the first hop to the one that answers.
 *
 * Every hop is decided anew: a redirect is input from outside, and its target may be granted to another method, with
 * other headers, or not at all. Headers of the guest that may be credentials, and headers that a rule adds, never go to
 * another origin: the other side must not choose their receiver.
 *
 * @module
 */
import type { BodyStream, InvocationContext } from '../../host-module/index.ts'
import type { HttpRule } from '../../policy/index.ts'
import { StreamedBody } from '../../wasi/http/index.ts'
import type { HttpClient } from './client.ts'
import { ContentDecoder } from './content-decoder.ts'
import type { HttpAsked, HttpReply } from './driver.ts'
import type { Hop } from './hop.ts'
import { connectUpload } from './hop-body.ts'
import type { HttpMessage } from './message.ts'
import { isRedirect, redirectOf } from './redirect.ts'
import { cancelReply } from './reply.ts'

/** `redirect` of http.wit. */
export type Redirect = 'follow' | 'manual' | 'error'

export interface CourseContext {
  readonly client: HttpClient
  readonly context: InvocationContext
  /**
   * Returns what gives the request up, beside the end of the invocation. Called when there is something to wait for,
   * before that.
   */
  readonly signal: () => AbortSignal
  /**
   * What becomes of redirects.
   *
   * @default as in `http@0.1.0`: they are followed, no error says that one was not, and bodies stay as they came
   */
  readonly redirect: Redirect | undefined
  /**
   * The body of the first request, in place of that of the message.
   *
   * @default that of the message
   */
  readonly upload?: BodyStream | undefined
}

/** The response at the end of a course. */
export interface Arrival {
  /** Its body may be still to be read. */
  readonly reply: HttpReply
  /** The hop that it answers, which is still open. */
  readonly hop: Hop
  readonly redirectedTo: string | undefined
  readonly decoder: ContentDecoder | undefined
}

// Browsers allow 20. An API needs five at most, and each costs a connection.
const MAX_REDIRECTS = 5

export class Course {
  readonly #course: CourseContext
  #message: HttpMessage
  #hop: Hop
  #decoder: ContentDecoder | undefined
  /** Rules under which an origin was asked that has redirected to another. */
  readonly #left = new Set<HttpRule>()
  #upload: StreamedBody | undefined

  /** @throws {HopFailure} when `message` must not be sent */
  constructor(message: HttpMessage, course: CourseContext) {
    this.#course = course
    this.#message = message
    this.#hop = this.#open()
  }

  /** The hop that is open now. */
  get hop(): Hop {
    return this.#hop
  }

  /**
   * Sends the first request. A reply that is there at once may be the answer to it: no more is to be done then than to
   * close the hop. Otherwise the reply is for `arrive`, in the same turn.
   *
   * @throws what `hop.failed` is to be called with, at once or later
   */
  ask(): HttpReply | Promise<HttpReply> {
    const { upload } = this.#course
    const message = this.#message
    return this.#ask(upload === undefined ? message : this.#uploading(upload))
  }

  /**
   * Resolves with the head of the response, from the first reply on. The caller closes the hop after that, and has it fail
   * with all errors.
   *
   * @throws {HopFailure}, and what drivers throw
   */
  async arrive(asked: HttpReply | Promise<HttpReply>): Promise<Arrival> {
    const signal = this.#course.signal()
    this.#hop.watch(signal)
    for (let redirects = 0; ; redirects++) {
      const reply = await asked
      const hop = this.#hop
      const next = this.#nextOf(reply)
      if (next === undefined) {
        const redirectedTo = redirects === 0 ? undefined : this.#message.url.href
        return { reply, hop, redirectedTo, decoder: this.#decoder }
      }
      cancelReply(reply)
      if (redirects === MAX_REDIRECTS) throw hop.redirected(`More than ${MAX_REDIRECTS} redirects`)
      // Its bytes are gone.
      if (this.#upload !== undefined && next.method === this.#message.method)
        throw hop.redirected('The target of the redirect needs the streamed body again')
      this.#abandonUpload()
      hop.close()
      if (next.url.origin !== this.#message.url.origin) this.#left.add(hop.rule)
      this.#message = next
      this.#hop = this.#open()
      this.#hop.watch(signal)
      asked = this.#ask(next)
    }
  }

  #ask(request: HttpAsked): HttpReply | Promise<HttpReply> {
    const hop = this.#hop
    // A rule for both origins adds its headers only for the origin that the guest chose. Another rule adds its own.
    const rule = this.#left.has(hop.rule) ? withoutHeaders(hop.rule) : hop.rule
    this.#decoder = this.#course.redirect === undefined ? undefined : this.#decoderOf(hop)
    return hop.ask(request, { rule, decoder: this.#decoder })
  }

  /**
   * The message that `reply` redirects to; nothing when it is the last.
   *
   * @throws {HopFailure} when it must not be followed
   */
  #nextOf(reply: HttpReply): HttpMessage | undefined {
    const { redirect } = this.#course
    if (!isRedirect(reply.status) || redirect === 'manual') return undefined
    const next = redirect === 'error' ? undefined : redirectOf(this.#message, reply)
    if (redirect !== 'error' && next !== 'malformed') return next
    cancelReply(reply)
    throw this.#hop.redirected(
      redirect === 'error'
        ? 'The response redirects, and the request follows no redirect'
        : 'The target of the redirect is not a URL',
    )
  }

  /** Has the guest write no more. */
  #abandonUpload(): void {
    this.#upload?.abandon(new TypeError('The request was redirected'))
    this.#upload = undefined
  }

  /** @throws {HopFailure} */
  #open(): Hop {
    const hop = this.#course.client.begin(this.#message)
    if (!hop.sends(this.#message.body.length)) throw hop.failure
    return hop
  }

  /** The first request, with the stream of the guest as its body. */
  #uploading({ bytes, end }: BodyStream): HttpAsked {
    const hop = this.#hop
    const trailers = end.then((ended) => {
      if (ended.tag === 'ok') return { tag: 'ok', val: undefined } as const
      // A server may have answered already, and a driver may not look at the body any more.
      hop.failed(new Error(`The body of the request broke off: ${ended.val}`))
      return { tag: 'err', val: { tag: 'connection-terminated' } } as const
    })
    // The invocation has ended, and nothing may ask for it.
    trailers.catch(() => {})
    const body = { stream: bytes, trailers, sent() {}, release() {} }
    this.#upload = new StreamedBody('request', undefined, body, bytes)
    const upload = this.#upload
    const { readable } = connectUpload(upload, hop, this.#course.context)
    const { signal } = hop
    // A driver that has not begun to read it does not cancel it.
    signal.addEventListener('abort', () => upload.abandon(signal.reason))
    return { ...this.#message, body: readable }
  }

  /** Decodes the response of `hop`, and counts its bytes before and after. */
  #decoderOf(hop: Hop): ContentDecoder {
    const { context } = this.#course
    return new ContentDecoder({
      onReceived: (bytes) => {
        if (!hop.receives(bytes)) throw hop.failure
      },
      onDecoded: (bytes) => {
        context.work('byte', bytes)
        if (!context.budget.take('inboundBytes', bytes))
          throw hop.limited('Raise limits.inboundBytes')
      },
    })
  }
}

function withoutHeaders(rule: HttpRule): HttpRule {
  const { headers: _, ...others } = rule
  return others
}
