/**
 * Calls a function of one agent for another, by JSON: `tools.call` with `math#add`.
 *
 * It runs as any call of a tool does: in a slot of its own, with the grants of its agent under the link, in the time and
 * from the budgets of its caller.
 *
 * @module
 */
import type { LinkMessage, LinkOutcome } from '../host-module/index.ts'
import type { Agent } from './agent-interface.ts'
import { isMayflyError } from '../errors/index.ts'
import { linkFailure, type Outcome } from '../serve/index.ts'
import { callFunction } from './json-call.ts'

/** The agent that is called. */
export interface FunctionCallee extends Pick<Agent, 'name' | 'functions' | 'exportType'> {
  readonly responseBodyBytes: number
  /** Begins the invocation. It is called once at most, when the arguments fit. */
  call(name: string, args: readonly unknown[]): Promise<unknown>
  /** How the invocation ended that threw `error`; nothing when none has begun. */
  outcomeOf(error: unknown): Outcome | undefined
}

/** Never rejects for a fault of the callee. */
export async function callForAgent(
  callee: FunctionCallee,
  functionName: string,
  { body }: Pick<LinkMessage, 'body'>,
): Promise<LinkOutcome> {
  let input: unknown
  try {
    input = JSON.parse(new TextDecoder().decode(body))
  } catch {
    return { state: 'malformed', hint: 'Its input is not JSON' }
  }
  try {
    const end = await callFunction(callee, functionName, input)
    if (end.state === 'failed')
      return { state: 'failed', hint: `It returned its error: ${JSON.stringify(end.error)}` }
    const result = new TextEncoder().encode(JSON.stringify(end.result ?? null))
    if (result.byteLength > callee.responseBodyBytes)
      return { state: 'limited', hint: 'Raise limits.responseBodyBytes of the tool' }
    return { state: 'answered', status: 200, body: result }
  } catch (error) {
    if (!isMayflyError(error)) throw error
    const isOfCaller = ['ERR_VALUE_MISMATCH', 'ERR_EXPORT_MISSING'].includes(error.code)
    if (isOfCaller) return { state: 'malformed', hint: error.message }
    const outcome = callee.outcomeOf(error)
    return outcome === undefined
      ? { state: 'unavailable', hint: error.message }
      : linkFailure(outcome)
  }
}
