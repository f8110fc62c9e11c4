/**
 * Serves requests through `mayfly:agent/handler`, which takes and returns records.
 *
 * A small agent answers at once: no promise, no `Request`, and for another agent no `Response`.
 *
 * @module
 */
import type { WebRequest } from '../host-module/index.ts'
import { AgentResponse } from './agent-response.ts'
import { enter, fail } from './enter.ts'
import { AGENT_HANDLER } from './exports.ts'
import type { Handler } from './handler.ts'
import { JSON_HEADERS, stopWith, urlOf } from './link-message.ts'
import { LinkAnswer } from './link-answer.ts'
import { untilArrived } from './request-arrival.ts'
import { receiveHead, type ReceivedHead } from './request-head.ts'
import { toRequestRecord, type RequestRecord } from './request-record.ts'
import type { Runs, ServedInvocation } from './served-invocation.ts'

/** For agents that are called when the whole request is there. */
export const agentHandler: Handler = handlerOf((_, request, { limits }, { held }) =>
  toRequestRecord(request, limits.requestBodyBytes, held),
)

/** For agents that are called when the head of the request is there, and read the body themselves. */
export const agentHeadHandler: Handler = handlerOf((ending, request, { limits }, { held }) => {
  const received = receiveHead(request, limits.requestBodyBytes, held)
  const enters = ({ record, body }: ReceivedHead): RequestRecord => {
    if (body !== undefined) ending.reads(body)
    return record
  }
  return received instanceof Promise ? received.then(enters) : enters(received)
})

/**
 * @param receive - returns the argument of the export; a promise only when there is something to wait for
 */
function handlerOf(
  receive: (
    ending: AgentResponse,
    request: WebRequest,
    runs: Pick<Runs<ServedInvocation>, 'limits'>,
    invocation: ServedInvocation,
  ) => RequestRecord | Promise<RequestRecord>,
): Handler {
  return {
    export: AGENT_HANDLER,

    respond(runs, invocation, request, origin) {
      const ending = new AgentResponse(invocation, runs, request.method === 'HEAD', origin)
      if (request.webSocket !== undefined) ending.offers(request.webSocket)
      let record: RequestRecord | Promise<RequestRecord>
      try {
        record = receive(ending, request, runs, invocation)
      } catch (error) {
        return fail(runs, invocation, ending, error)
      }
      if (!(record instanceof Promise)) {
        // Of the connection, so it was taken out: it says what the agent may accept.
        if (request.webSocket !== undefined) record.headers.push(['upgrade', 'websocket'])
        return enter(runs, invocation, ending, AGENT_HANDLER, [record])
      }
      return untilArrived(record, invocation).then(
        (received) => enter(runs, invocation, ending, AGENT_HANDLER, [received]),
        (error: unknown) => fail(runs, invocation, ending, error),
      )
    },

    post(runs, invocation, caller, { path, body, onWait }) {
      const record: RequestRecord = {
        method: 'POST',
        url: urlOf(path),
        headers: [...JSON_HEADERS],
        body,
      }
      const ending = new LinkAnswer(invocation, runs.limits)
      const answer = enter(runs, invocation, ending, AGENT_HANDLER, [record])
      if (answer instanceof Promise) onWait?.(stopWith(caller, invocation))
      return answer
    },
  }
}
