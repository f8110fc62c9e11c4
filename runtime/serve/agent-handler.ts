/**
 * Serves requests through `mayfly:agent/handler`, which takes and returns records.
 *
 * A small agent answers at once: no promise, no `Request`, and for another agent no `Response`.
 *
 * @module
 */
import { AgentResponse } from './agent-response.ts'
import { enter, fail } from './enter.ts'
import { AGENT_HANDLER } from './exports.ts'
import type { Handler } from './handler.ts'
import { JSON_HEADERS, stopWith, urlOf } from './link-message.ts'
import { LinkAnswer } from './link-answer.ts'
import { untilArrived } from './request-arrival.ts'
import { toRequestRecord, type RequestRecord } from './request-record.ts'

/** The same for every agent. */
export const agentHandler: Handler = {
  export: AGENT_HANDLER,

  respond(runs, invocation, request, origin) {
    const ending = new AgentResponse(invocation, runs, request.method === 'HEAD', origin)
    let record: RequestRecord | Promise<RequestRecord>
    try {
      record = toRequestRecord(request, runs.limits.requestBodyBytes, invocation.held)
    } catch (error) {
      return fail(runs, invocation, ending, error)
    }
    if (!(record instanceof Promise))
      return enter(runs, invocation, ending, AGENT_HANDLER, [record])
    return untilArrived(record, invocation).then(
      (read) => enter(runs, invocation, ending, AGENT_HANDLER, [read]),
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
