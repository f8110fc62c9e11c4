/**
 * Answers for one agent what another asks of it, within an invocation that ends with its caller's.
 *
 * @module
 */
import type { LinkMessage, LinkOutcome, WebRequest } from '../host-module/index.ts'
import { MayflyError } from '../errors/index.ts'
import { CollectedAnswer } from './collected-answer.ts'
import type { Invocation } from './invocation.ts'
import type { Manifest } from '../manifest/index.ts'
import { statusOf, type Outcome } from './outcome.ts'
import type { RequestRecord, ResponseRecord } from './web-bridge.ts'

/** The agent that is asked. */
export interface Callee {
  readonly name: string
  readonly limits: Manifest['limits']
  /** Returns a promise only when there is something to wait for. */
  run(invocation: Invocation, name: string, args: readonly unknown[]): unknown
  settle(invocation: Invocation, outcome: Outcome): void
  serve(invocation: Invocation, request: WebRequest): Response | Promise<Response>
}

export const HANDLER = 'mayfly:agent/handler#handle'

// Of the URL that a tool finds in its request.
const ORIGIN = 'http://tool'

const JSON_HEADERS: [name: string, value: string][] = [['content-type', 'application/json']]

/** Has the agent's handler answer a `POST` of JSON, without a Request or a Response. */
export function answerRecord(
  callee: Callee,
  caller: Invocation,
  invocation: Invocation,
  { path, body, onWait }: LinkMessage,
): LinkOutcome | Promise<LinkOutcome> {
  const args: [RequestRecord] = [
    { method: 'POST', url: `${ORIGIN}${path}`, headers: [...JSON_HEADERS], body },
  ]
  const collected = new CollectedAnswer(callee.limits.responseBodyBytes, invocation.held)
  invocation.answer = collected
  const settle = (value: unknown): LinkOutcome => {
    let answer: Pick<ResponseRecord, 'status' | 'body'>
    try {
      // By the type of the export, which the linker has lowered.
      answer = collected.with(invocation.answerOf(value as ResponseRecord))
    } catch (error) {
      return fail(error)
    }
    callee.settle(invocation, { state: 'completed', status: answer.status })
    return { state: 'answered', ...answer }
  }
  const fail = (thrown: unknown): LinkOutcome => {
    const outcome = invocation.outcomeOf(guestFailure(thrown, callee.name))
    callee.settle(invocation, outcome)
    return linkOutcome(outcome)
  }
  try {
    const running = callee.run(invocation, HANDLER, args)
    if (!(running instanceof Promise)) return settle(running)
    const stop = endWith(caller, invocation)
    onWait?.(stop)
    return running.then(settle, fail)
  } catch (error) {
    return fail(error)
  }
}

/** The same through Request and Response: for what has a handler of a standard. */
export async function answerRequest(
  callee: Callee,
  caller: Invocation,
  invocation: Invocation,
  { path, body, onWait }: LinkMessage,
): Promise<LinkOutcome> {
  const stop = endWith(caller, invocation)
  onWait?.(stop)
  const init = { method: 'POST', headers: JSON_HEADERS, body: body as Uint8Array<ArrayBuffer> }
  const response = await callee.serve(invocation, new Request(`${ORIGIN}${path}`, init))
  try {
    const answer = new Uint8Array(await response.arrayBuffer())
    const { outcome } = invocation
    return outcome === undefined || outcome.state === 'completed'
      ? { state: 'answered', status: response.status, body: answer }
      : linkOutcome(outcome)
  } catch (error) {
    return { state: 'failed', hint: String(error) }
  }
}

/** Calls an exported function. @throws as `agent.call` does */
export function answerCall(
  callee: Callee,
  caller: Invocation,
  invocation: Invocation,
  name: string,
  args: readonly unknown[],
): unknown {
  const settle = (value: unknown): unknown => {
    callee.settle(invocation, { state: 'completed', status: 200 })
    return value
  }
  const fail = (error: unknown): never => {
    callee.settle(invocation, invocation.outcomeOf(error))
    throw error
  }
  let running: unknown
  try {
    running = callee.run(invocation, name, args)
  } catch (error) {
    return fail(error)
  }
  if (!(running instanceof Promise)) return settle(running)
  endWith(caller, invocation)
  return running.then(settle, fail)
}

/** The error arm of `handle` is a message of the guest's own: the operator's log gets it. */
export function guestFailure(thrown: unknown, agent: string): unknown {
  if (typeof thrown !== 'object' || thrown === null || !('payload' in thrown)) return thrown
  return new MayflyError('ERR_GUEST_FAILED', `Agent "${agent}" failed: ${String(thrown.payload)}`)
}

/** Returns what stops it before that. */
function endWith(caller: Invocation, invocation: Invocation): () => void {
  const stop = (): void => invocation.halt(invocation.callerEnded())
  caller.defer(stop)
  return stop
}

/** What a caller may know of how its callee ended. */
function linkOutcome(outcome: Outcome): LinkOutcome {
  switch (outcome.state) {
    case 'completed':
      return { state: 'failed', hint: `It ended with status ${outcome.status}` }
    case 'limited':
      // It may have room when it is asked again.
      if (statusOf(outcome) === 503) return { state: 'unavailable', hint: outcome.error.message }
      return { state: 'limited', hint: outcome.error.message }
    case 'killed':
    case 'rejected':
      return { state: 'unavailable', hint: outcome.error.message }
    case 'failed':
    case 'trapped':
      return { state: 'failed', hint: outcome.error.message }
  }
}
