/**
 * Why invocations are stopped: the errors, for operators.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'
import type { BudgetName } from '../meter/index.ts'
import { limitExceeded, type Outcome } from './outcome.ts'

/** The error of an invocation that is not done after `ms` milliseconds. */
export function deadlineExceeded(agent: string, ms: number): MayflyError {
  return limitExceeded(
    'deadline',
    `Stopped agent "${agent}": not done after ${Math.round(ms)} ms`,
    `Raise limits.deadlineMs in the agent.json of "${agent}"`,
  )
}

/** The error of an invocation that nobody waits for any more. */
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
