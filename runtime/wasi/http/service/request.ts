/**
 * `wasi:http/types@0.3` request: one resource, whether it came in or will go out.
 *
 * @module
 */
import type { HttpEnd } from '../error-code.ts'
import { contentLengthOf, seal, type Fields } from '../fields.ts'
import { sealOptions, type RequestHead, type RequestOptions } from '../request.ts'
import { RequestTarget, targetOf, type TargetParts } from '../request-target.ts'
import {
  consume,
  guestBody,
  HeldBody,
  streamOf,
  type Consumed,
  type MessageBody,
  type TrailersEnd,
} from './message-body.ts'
import { StreamedBody } from './sent-body.ts'

// Text of other scripts is taken as it is, and encoded where the URL is made.
const TARGET_RULES = {
  path: /^[^\0-\x20"#<>\\^`{|}\x7f]*$/,
  authority: /^[\x21-\x7e]+$/,
  userinfo: true,
}

/** A request of a guest, on its way out. */
export interface SentRequest {
  readonly head: RequestHead & { readonly body: StreamedBody | undefined }
  readonly options: RequestOptions | undefined
  /** Says how its transmission has ended, if its body did not say that. */
  sent(end: HttpEnd): void
}

/** Takes `request` apart, to send it. */
export let sentRequest: (request: Request) => SentRequest

export class Request extends RequestTarget implements Disposable {
  readonly #headers: Fields
  readonly #options: RequestOptions | undefined
  readonly #body: HeldBody

  constructor(
    headers: Fields,
    body: MessageBody,
    { options, received }: { options?: RequestOptions | undefined; received?: TargetParts } = {},
  ) {
    super(TARGET_RULES, received)
    this.#headers = seal(headers)
    this.#options = options && sealOptions(options)
    this.#body = new HeldBody(body)
  }

  static new(
    headers: Fields,
    contents: ReadableStream<Uint8Array> | undefined,
    trailers: Promise<TrailersEnd>,
    options: RequestOptions | undefined,
  ): [Request, Promise<HttpEnd>] {
    const [body, transmission] = guestBody(contents, trailers)
    return [new Request(headers, body, { options }), transmission]
  }

  static consumeBody(request: Request, outcome: Promise<HttpEnd>): Consumed {
    return consume(request.#body.take(), outcome)
  }

  override setPathWithQuery(path: string | undefined): void {
    // The interface has no request without a path.
    super.setPathWithQuery(path === '' ? '/' : path)
  }

  getHeaders(): Fields {
    return this.#headers
  }

  getOptions(): RequestOptions | undefined {
    return this.#options
  }

  [Symbol.dispose](): void {
    this.#body.release()
  }

  static {
    sentRequest = (request) => {
      const body = request.#body.take()
      const stream = streamOf(body, request.#headers)
      return {
        head: {
          ...targetOf(request),
          headers: request.#headers,
          body:
            stream && new StreamedBody('request', contentLengthOf(request.#headers), body, stream),
        },
        options: request.#options,
        sent: (end) => body.sent(end),
      }
    }
  }
}
