/**
 * Answers a web request through `mayfly:agent/handler`, at once when the guest does not wait.
 *
 * Every ending has a status: what a guest does never makes an answer fail.
 *
 * @module
 */
import { guestFailure, HANDLER, type Callee } from './answer-agent.ts'
import type { Invocation } from './invocation.ts'
import { refusal } from './refusal.ts'
import { untilArrived } from './request-arrival.ts'
import { HIGH_WATER_BYTES, ResponseBody } from './response-body.ts'
import {
  bodyTooLarge,
  toRequestRecord,
  tooManyBodies,
  toResponse,
  type ExchangeFacts,
  type ResponseRecord,
} from './web-bridge.ts'
import type { WebRequest } from '../host-module/index.ts'

/** Never throws or rejects. */
export function respond(
  callee: Callee,
  invocation: Invocation,
  request: WebRequest,
): Response | Promise<Response> {
  return new Answer(callee, invocation, request.method === 'HEAD').to(request)
}

class Answer {
  readonly #callee: Callee
  readonly #invocation: Invocation
  readonly #exchange: ExchangeFacts
  #body: ResponseBody | undefined
  /** The answer that the guest streams, once it has begun. */
  #streamed: Response | undefined
  #onStream: ((response: Response) => void) | undefined

  constructor(callee: Callee, invocation: Invocation, isHead: boolean) {
    this.#callee = callee
    this.#invocation = invocation
    this.#exchange = { id: invocation.id, isHead }
    invocation.answer = this
  }

  /** What the guest streams its answer into. */
  get body(): ResponseBody {
    return (this.#body ??= new ResponseBody(
      this.#exchange,
      this.#callee.limits.responseBodyBytes,
      this.#invocation.held,
      (response) => {
        this.#streamed = response
        this.#onStream?.(response)
      },
      () => this.#invocation.halt(this.#invocation.clientGone()),
    ))
  }

  to(request: WebRequest): Response | Promise<Response> {
    let running: unknown
    try {
      const record = toRequestRecord(
        request,
        this.#callee.limits.requestBodyBytes,
        this.#invocation.held,
      )
      running =
        record instanceof Promise
          ? untilArrived(record, this.#invocation).then((read) =>
              this.#callee.run(this.#invocation, HANDLER, [read]),
            )
          : this.#callee.run(this.#invocation, HANDLER, [record])
    } catch (error) {
      return this.#fail(error)
    }
    return running instanceof Promise ? this.#when(running) : this.#end(running)
  }

  #when(running: Promise<unknown>): Promise<Response> {
    return new Promise((resolve) => {
      if (this.#streamed !== undefined) resolve(this.#streamed)
      else this.#onStream = resolve
      running.then(
        (value) => resolve(this.#end(value)),
        (error: unknown) => resolve(this.#fail(error)),
      )
    })
  }

  #end(value: unknown): Response {
    let response: Response
    try {
      // By the type of the export, which the linker has lifted.
      response = this.#responseOf(this.#invocation.answerOf(value as ResponseRecord))
    } catch (error) {
      return this.#fail(error)
    }
    this.#callee.settle(this.#invocation, { state: 'completed', status: response.status })
    return response
  }

  #responseOf(answer: ResponseRecord): Response {
    const { responseBodyBytes } = this.#callee.limits
    if (this.#streamed === undefined) {
      const response = toResponse(answer, responseBodyBytes, this.#exchange)
      this.#hold(answer.body.byteLength)
      return response
    }
    const bytes = this.body.sentBytes + answer.body.byteLength
    if (bytes > responseBodyBytes) throw bodyTooLarge('response-body', bytes, responseBodyBytes)
    this.#hold(answer.body.byteLength)
    this.body.finish(answer.body)
    return this.#streamed
  }

  /** A client that does not read its answer leaves it with the host. */
  #hold(bytes: number): void {
    // What systems buffer for a connection anyway.
    if (bytes <= HIGH_WATER_BYTES) return
    if (!this.#invocation.holdAnswer(bytes)) throw tooManyBodies()
  }

  #fail(thrown: unknown): Response {
    const invocation = this.#invocation
    const error = guestFailure(thrown, this.#callee.name)
    const outcome = invocation.outcomeOf(error)
    this.#callee.settle(invocation, outcome)
    this.#body?.finish(undefined, error)
    return this.#streamed ?? refusal(outcome, invocation.id)
  }
}
