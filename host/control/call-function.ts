/**
 * One call of an exported function for a client outside, and the ways in which it can end.
 *
 * @module
 */

import type { FunctionDescription, FunctionOutcome } from '../../runtime/agents/index.ts'
import { isMayflyError } from '../../runtime/errors/index.ts'

/** An agent whose exports can be called. */
export interface CallableAgent {
  readonly name: string
  readonly requestBodyBytes: number
  readonly deadlineMs: number
  functions(): readonly FunctionDescription[]
  /** @throws {MayflyError} */
  call(name: string, input: unknown, options: FunctionCall): Promise<FunctionOutcome>
  /** Returns the response for an invocation that did not complete. */
  refusal(error: unknown, id: string): Response
}

export interface FunctionCall {
  /** Of the invocation: the same in answer, logs and audit. */
  readonly id: string
  /** Stops the guest. */
  readonly signal: AbortSignal
  /** When its time began, by the clock of `performance.now`. */
  readonly startedAt: number
}

/** How a call ended. */
export type FunctionEnd =
  | FunctionOutcome
  /** The arguments do not fit the parameters. The caller wrote them, so it may see the reason. */
  | { readonly state: 'mismatched'; readonly reason: string }
  /** The invocation did not complete: a limit, a trap, a host that is full. */
  | { readonly state: 'refused'; readonly response: Response }

/** Never throws. */
export async function callOfClient(
  agent: CallableAgent,
  name: string,
  input: unknown,
  options: FunctionCall,
): Promise<FunctionEnd> {
  try {
    return await agent.call(name, input, options)
  } catch (error) {
    if (isMayflyError(error) && error.code === 'ERR_VALUE_MISMATCH')
      return { state: 'mismatched', reason: error.message }
    return { state: 'refused', response: agent.refusal(error, options.id) }
  }
}
