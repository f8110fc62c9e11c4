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
import type { Hop } from './hop.ts'
import { connectUpload } from './hop-body.ts'
import type { HttpMessage } from './message.ts'
import { isRedirect, redirectOf } from './redirect.ts'

/** `redirect` of http.wit. */
export type Redirect = 'follow' | 'manual' | 'error'

export interface CourseContext {
  readonly client: HttpClient
  readonly context: InvocationContext
  /** Gives the request up, beside the end of the invocation. */
  readonly signal: AbortSignal | undefined
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
  /** Its body is still to be read. */
  readonly response: Response
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
   * Resolves with the head of the response. The caller closes the hop after that, and has it fail with all errors.
   *
   * @throws {HopFailure}, and what drivers throw
   */
  async arrive(): Promise<Arrival> {
    const { redirect, upload } = this.#course
    let request = upload === undefined ? toRequest(this.#message) : this.#uploading(upload)
    for (let redirects = 0; ; redirects++) {
      const hop = this.#hop
      // A rule for both origins adds its headers only for the origin that the guest chose. Another rule adds its own.
      const rule = this.#left.has(hop.rule) ? withoutHeaders(hop.rule) : hop.rule
      const decoder = redirect === undefined ? undefined : this.#decoderOf(hop)
      const response = await hop.send(request, { rule, decoder })
      if (redirect === 'error' && isRedirect(response.status))
        throw hop.redirected('The response redirects, and the request follows no redirect')
      const next = redirect === 'manual' ? undefined : redirectOf(this.#message, response)
      if (next === undefined) {
        const redirectedTo = redirects === 0 ? undefined : this.#message.url.href
        return { response, hop, redirectedTo, decoder }
      }
      await response.body?.cancel()
      if (next === 'malformed') throw hop.redirected('The target of the redirect is not a URL')
      if (redirects === MAX_REDIRECTS) throw hop.redirected(`More than ${MAX_REDIRECTS} redirects`)
      // Its bytes are gone.
      if (this.#upload !== undefined && next.method === this.#message.method)
        throw hop.redirected('The target of the redirect needs the streamed body again')
      this.#abandonUpload()
      hop.close()
      if (next.url.origin !== this.#message.url.origin) this.#left.add(hop.rule)
      this.#message = next
      this.#hop = this.#open()
      request = toRequest(next)
    }
  }

  /** Has the guest write no more. */
  #abandonUpload(): void {
    this.#upload?.abandon(new TypeError('The request was redirected'))
    this.#upload = undefined
  }

  /** @throws {HopFailure} */
  #open(): Hop {
    const { client, signal } = this.#course
    const hop = client.open(this.#message, signal)
    if (!hop.sends(this.#message.body.length)) throw hop.failure
    return hop
  }

  /** The first request, with the stream of the guest as its body. */
  #uploading({ bytes, end }: BodyStream): Request {
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
    const { method, url, headers } = this.#message
    // Required for a stream: https://fetch.spec.whatwg.org/#dom-requestinit-duplex
    const duplex = { duplex: 'half' }
    return new Request(url, { method, headers, redirect: 'manual', body: readable, ...duplex })
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

/** Without a signal, which the driver has: one that a request follows takes as long as the rest of it. */
function toRequest({ method, url, headers, body }: HttpMessage): Request {
  const init = { method, redirect: 'manual' } as const
  if (body.length === 0) return new Request(url, { ...init, headers })
  // A driver that streams would not know it, and some servers do not take a body without.
  const length: [string, string] = ['content-length', String(body.length)]
  return new Request(url, { ...init, headers: [...headers, length], body })
}

function withoutHeaders(rule: HttpRule): HttpRule {
  const { headers: _, ...others } = rule
  return others
}
