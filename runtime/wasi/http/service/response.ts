/**
 * `wasi:http/types@0.3` response: one resource, whether it came in or will go out.
 *
 * @module
 */
import { unfit, type HttpEnd } from '../error-code.ts'
import { contentLengthOf, seal, type Fields } from '../fields.ts'
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

const MIN_STATUS = 100
const MAX_STATUS = 599

/** The answer of a guest, on its way out. */
export interface SentResponse {
  readonly status: number
  readonly headers: Fields
  readonly body: StreamedBody | undefined
  /** Says how its transmission has ended, if its body did not say that. */
  sent(end: HttpEnd): void
}

/** Takes `response` apart, to send it. */
export let sentResponse: (response: Response) => SentResponse

export class Response implements Disposable {
  readonly #headers: Fields
  #status: number
  readonly #body: HeldBody

  constructor(status: number, headers: Fields, body: MessageBody) {
    this.#status = status
    this.#headers = seal(headers)
    this.#body = new HeldBody(body)
  }

  static new(
    headers: Fields,
    contents: ReadableStream<Uint8Array> | undefined,
    trailers: Promise<TrailersEnd>,
  ): [Response, Promise<HttpEnd>] {
    const [body, transmission] = guestBody(contents, trailers)
    return [new Response(200, headers, body), transmission]
  }

  static consumeBody(response: Response, outcome: Promise<HttpEnd>): Consumed {
    return consume(response.#body.take(), outcome)
  }

  getStatusCode(): number {
    return this.#status
  }

  setStatusCode(status: number): void {
    if (status < MIN_STATUS || status > MAX_STATUS) throw unfit()
    this.#status = status
  }

  getHeaders(): Fields {
    return this.#headers
  }

  [Symbol.dispose](): void {
    this.#body.release()
  }

  static {
    sentResponse = (response) => {
      const body = response.#body.take()
      const headers = response.#headers
      const stream = streamOf(body, headers)
      return {
        status: response.#status,
        headers,
        body: stream && new StreamedBody('response', contentLengthOf(headers), body, stream),
        sent: (end) => body.sent(end),
      }
    }
  }
}
