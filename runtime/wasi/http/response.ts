/**
 * Responses: of a guest, and to it.
 *
 * @module
 */
import { unfit, type ErrorCode } from './error-code.ts'
import { contentLengthOf, freeze, type Fields } from './fields.ts'
import { Future, type Result } from './future.ts'
import { IncomingBody, type IncomingContent } from './incoming-body.ts'
import { OutgoingBody, sentBody, type SentBody } from './outgoing-body.ts'

const MIN_STATUS = 100
const MAX_STATUS = 999

export let answerOf: (response: OutgoingResponse) => Answer

export class OutgoingResponse {
  readonly #headers: Fields
  #status = 200
  #body: OutgoingBody | undefined

  constructor(headers: Fields) {
    this.#headers = freeze(headers)
  }

  statusCode(): number {
    return this.#status
  }

  setStatusCode(status: number): void {
    if (status < MIN_STATUS || status > MAX_STATUS) throw unfit()
    this.#status = status
  }

  headers(): Fields {
    return this.#headers
  }

  body(): OutgoingBody {
    if (this.#body !== undefined) throw unfit()
    return (this.#body = new OutgoingBody('response', contentLengthOf(this.#headers)))
  }

  static {
    answerOf = (response) => ({
      status: response.#status,
      headers: response.#headers,
      body: response.#body && sentBody(response.#body),
    })
  }
}

/** The answer of a guest. */
export interface Answer {
  readonly status: number
  readonly headers: Fields
  readonly body: SentBody | undefined
}

/** The place for a guest's answer. Setting the answer takes its handle away, so there is only one. */
export class ResponseOutparam {
  readonly #answer: (answer: Result<Answer, ErrorCode>) => void

  constructor(answer: (answer: Result<Answer, ErrorCode>) => void) {
    this.#answer = answer
  }

  static set(param: ResponseOutparam, response: Result<OutgoingResponse, ErrorCode>): void {
    param.#answer(response.tag === 'ok' ? { tag: 'ok', val: answerOf(response.val) } : response)
  }
}

export class IncomingResponse implements Disposable {
  readonly #status: number
  readonly #headers: Fields
  #content: IncomingContent | undefined

  constructor(status: number, headers: Fields, content: IncomingContent) {
    this.#status = status
    this.#headers = headers
    this.#content = content
  }

  status(): number {
    return this.#status
  }

  headers(): Fields {
    return this.#headers
  }

  consume(): IncomingBody {
    const content = this.#content
    if (content === undefined) throw unfit()
    this.#content = undefined
    return new IncomingBody(content)
  }

  [Symbol.dispose](): void {
    this.#content?.release?.()
  }
}

export class FutureIncomingResponse extends Future<IncomingResponse> {}
