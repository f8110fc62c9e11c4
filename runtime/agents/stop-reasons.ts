/**
 * Why invocations are stopped: the errors, for operators.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'
import type { BudgetName } from '../meter/index.ts'
import { limitExceeded, type Outcome } from '../serve/index.ts'

/** The error of an invocation that is not done after `ms` milliseconds. */
export function deadlineExceeded(agent: string, ms: number): MayflyError {
  return limitExceeded(
    'deadline',
    `Stopped agent "${agent}": not done after ${Math.round(ms)} ms`,
    `Raise limits.deadlineMs in the agent.json of "${agent}"`,
  )
}

/** The error of a streamed answer that goes on for longer than it may, or whose guest computes for longer. */
export function streamedTooLong(
  agent: string,
  { ms, limit }: { readonly ms: number; readonly limit: 'connectionMs' | 'deadlineMs' },
): MayflyError {
  const what =
    limit === 'connectionMs' ? 'its streamed answer went on' : 'it computed for its streamed answer'
  return limitExceeded(
    'deadline',
    `Stopped agent "${agent}": ${what} for ${Math.round(ms)} ms`,
    `Raise limits.${limit} in the agent.json of "${agent}"`,
  )
}

/** The error of an invocation that has burnt the fuel it may. */
export function outOfFuel(agent: string): MayflyError {
  return limitExceeded(
    'fuel',
    `Stopped agent "${agent}": its fuel is spent`,
    `Raise limits.fuel in the agent.json of "${agent}"`,
  )
}

/** The error of a guest that computes where it cannot be suspended. */
export function runsOnTooLong(agent: string, fuel: number): MayflyError {
  return limitExceeded(
    'fuel',
    `Stopped agent "${agent}": it used more than ${fuel} units of fuel where it cannot let others have their turn`,
    'Move the work out of realloc, post-return, destructors and initialisation, into the exported function',
  )
}

/** The error of a component that takes long to initialise, where every request or slot does it anew. */
export function initialisesTooLong(agent: string, fuel: number): MayflyError {
  return limitExceeded(
    'fuel',
    `Cannot initialise agent "${agent}": it takes more than ${fuel} units of fuel, and others wait meanwhile`,
    'Let it initialise once: `mayfly inspect` says why its state cannot be restored',
  )
}

/** The error of a guest that wanted to allocate beyond its limit. */
export function outOfRoom(agent: string, memoryBytes: number): MayflyError {
  return limitExceeded(
    'memory',
    `Stopped agent "${agent}": it wanted to allocate more than ${memoryBytes} bytes`,
    `Raise limits.memoryBytes in the agent.json of "${agent}"`,
  )
}

/** The error of an invocation whose client or caller has left. */
export function abandoned(agent: string, why: string): MayflyError {
  return new MayflyError('ERR_CLIENT_GONE', `Stopped agent "${agent}": ${why}`)
}

/** The error of an invocation that was stopped from outside. */
export function stopped(agent: string, why: string): MayflyError {
  return new MayflyError('ERR_GUEST_KILLED', `Stopped agent "${agent}": ${why}`)
}

/** The outcome of an invocation that failed with `cause` after one of its budgets was spent. */
export function budgetSpent(agent: string, budget: BudgetName, cause: Error): Outcome {
  return {
    state: 'limited',
    limit: 'calls',
    error: new MayflyError(
      'ERR_LIMIT_EXCEEDED',
      `Agent "${agent}" failed after its budget of ${budget} was spent: ${cause.message}`,
      {
        cause,
        hint: `Raise limits.${budget} in the agent.json of "${agent}"`,
        facts: { limit: 'calls', budget },
      },
    ),
  }
}
