/**
 * Calls a function that a component exports, for an embedder or for another agent.
 *
 * @module
 */
import type { InvocationContext } from '../host-module/index.ts'
import { enter, type Ending } from './enter.ts'
import { guestFailure } from './guest-failure.ts'
import { stopWith } from './link-message.ts'
import type { Outcome } from './outcome.ts'
import type { Runs, ServedInvocation } from './served-invocation.ts'

/**
 * Returns the WIT value; a promise only when the guest waits.
 *
 * @param name - `greet`, or `acme:math/ops#add` in an interface
 * @throws as `agent.call` does
 */
export function callExport<Invocation extends ServedInvocation>(
  runs: Runs<Invocation>,
  invocation: Invocation,
  name: string,
  args: readonly unknown[],
): unknown {
  return enter(runs, invocation, CALL, name, args)
}

/** The same within the time of `caller`: the call ends when it does. */
export function callExportFor<Invocation extends ServedInvocation>(
  caller: InvocationContext,
  runs: Runs<Invocation>,
  invocation: Invocation,
  name: string,
  args: readonly unknown[],
): unknown {
  const value = callExport(runs, invocation, name, args)
  if (value instanceof Promise) stopWith(caller, invocation)
  return value
}

const COMPLETED: Outcome = { state: 'completed', status: 200 }

/** The ending of every call: it keeps nothing of one. */
const CALL: Ending<unknown> = {
  returned: () => COMPLETED,
  // An error that the function returns is no trap: its guest has come to its end.
  threw: (error, invocation) => invocation.outcomeOf(guestFailure(error, invocation.agent)),
  answer(outcome, result) {
    if (outcome.state === 'completed') return result
    throw result
  },
}
