/**
 * Serves a request with a handler of some standard: the answer goes out as soon as the guest has given one,
 * its body while the guest runs on.
 *
 * The answer is looked for when the guest first waits, and when it has returned. Until then nobody could have
 * seen it, and a guest that traps after it answered can still be told from one that did not.
 *
 * @module
 */
import {
  ProgramExit,
  type Exchange,
  type RequestHandler,
  type WebRequest,
} from '../host-module/index.ts'
import { isMayflyError, MayflyError } from '../errors/index.ts'
import type { Manifest } from '../manifest/index.ts'
import type { Invocation } from './invocation.ts'
import { outcomeOf, statusOf, type Outcome } from './outcome.ts'
import { refusal } from './refusal.ts'
import { requestTooSlow } from './request-arrival.ts'
import { dropFraming } from './framing.ts'
import { bodyTooLarge } from './web-bridge.ts'

export interface Serving {
  readonly agent: string
  readonly limits: Manifest['limits']
  readonly invocation: Invocation
  readonly handler: RequestHandler
  readonly request: WebRequest
  /** Calls the export of the handler. */
  run(args: readonly unknown[]): Promise<unknown>
  settle(outcome: Outcome): void
}

const SERVER_ERROR = 500
const BAD_GATEWAY = 502

/** Never rejects. */
export function serveExchange(serving: Serving): Promise<Response> {
  const { invocation, settle } = serving
  return new Promise((resolve) => {
    const answer = new PendingAnswer((response) => {
      response.headers.set('x-request-id', invocation.id)
      dropFraming(response.headers, serving.request.method === 'HEAD')
      resolve(response)
    })
    void converse(serving, answer).then((outcome) => {
      settle(outcome)
      if (answer.status !== undefined) return
      const status = statusOf(outcome)
      // A standard handler has no way to say that it failed: what went wrong lies behind this host.
      resolve(refusal(outcome, invocation.id, status === SERVER_ERROR ? BAD_GATEWAY : status))
    })
  })
}

class PendingAnswer {
  readonly give: (response: Response) => void
  status: number | undefined

  constructor(resolve: (response: Response) => void) {
    this.give = (response) => {
      this.status = response.status
      resolve(response)
    }
  }

  /** Gives what the guest has answered, if it has. */
  takeFrom(exchange: Exchange): void {
    if (this.status !== undefined) return
    const response = exchange.take()
    if (response !== undefined) this.give(response)
  }
}

async function converse(serving: Serving, answer: PendingAnswer): Promise<Outcome> {
  const { agent, invocation } = serving
  let exchange: Exchange | undefined
  try {
    const opened = open(serving)
    exchange = opened
    invocation.program = opened.program
    invocation.onWait = () => {
      try {
        answer.takeFrom(opened)
      } catch (error) {
        invocation.halt(failureOf(error, agent))
      }
    }
    await untilReturned(serving.run(opened.args))
    if (!opened.returned()) {
      // Throws when the guest has answered with an error, which says more.
      if (answer.status === undefined) opened.take()
      throw new MayflyError(
        'ERR_GUEST_FAILED',
        `Agent "${agent}" returned before its answer was complete`,
      )
    }
    answer.takeFrom(opened)
    return { state: 'completed', status: answer.status ?? SERVER_ERROR }
  } catch (error) {
    const awaitsRequest = exchange?.awaitsRequest() === true
    exchange?.fail(error)
    const outcome = invocation.outcomeOf(error)
    const isLate = outcome.state === 'limited' && outcome.limit === 'deadline'
    return isLate && awaitsRequest ? outcomeOf(requestTooSlow(invocation)) : outcome
  }
}

function open({ handler, request, invocation, limits }: Serving): Exchange {
  const { requestBodyBytes, responseBodyBytes } = limits
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > requestBodyBytes) throw bodyTooLarge('request-body', declared, requestBodyBytes)
  return handler.open(request, {
    invocation,
    maxRequestBytes: requestBodyBytes,
    maxResponseBytes: responseBodyBytes,
    exceeded: (body, bytes) =>
      invocation.halt(
        bodyTooLarge(body, bytes, body === 'request-body' ? requestBodyBytes : responseBodyBytes),
      ),
    cancelled: () => invocation.halt(invocation.clientGone()),
  })
}

/** A guest that exits with 0 has returned, and a program that returns an error has failed. */
async function untilReturned(running: Promise<unknown>): Promise<void> {
  try {
    await running
  } catch (error) {
    if (error instanceof ProgramExit && error.code === 0) return
    if (error instanceof ProgramExit) throw new MayflyError('ERR_GUEST_FAILED', error.message)
    if (typeof error !== 'object' || error === null || !('payload' in error)) throw error
    throw new MayflyError('ERR_GUEST_FAILED', 'Program returned an error')
  }
}

function failureOf(error: unknown, agent: string): MayflyError {
  if (isMayflyError(error)) return error
  return new MayflyError('ERR_GUEST_FAILED', `Cannot send the answer of agent "${agent}"`, {
    cause: error,
  })
}
