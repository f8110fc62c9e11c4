/**
 * What an invocation begins with.
 *
 * @module
 */
import type { Limits } from '../manifest/index.ts'
import type { Budget, BudgetLimits } from '../meter/index.ts'
import type { AgentShared } from './agent-shared.ts'
import type { GrantedCapability } from './bind-imports.ts'

/** How much of each, and how agents may call each other. */
export type InvocationBudgets = BudgetLimits & Pick<Limits, 'toolDepth' | 'toolFanOut'>

/** `Invocation` is the class of what begins. */
export interface InvocationOptions<Invocation> {
  readonly agent: string
  /** Made up when somebody asks for it, where there is none. */
  readonly id: string | undefined
  /** On the clock of `performance.now()`, as `deadlineAt`. */
  readonly startedAt: number
  readonly deadlineAt: number
  /** Fuel this invocation may burn; `Infinity` when only time bounds it. */
  readonly fuel: number
  readonly budgets: InvocationBudgets
  /** Who asked: `http`, `embedder`, or `agent:` and the name of one. */
  readonly caller: string
  /** What the caller may spend, when it is an agent. */
  readonly callerBudget: Budget | undefined
  readonly shared: AgentShared
  /** The invocation that calls this one: this one ends with it and in its time. */
  readonly parent: Invocation | undefined
  /** Bytes that its caller handed to it by reference. */
  readonly blobs: readonly Uint8Array[] | undefined
  /** What it may do, when that is not what its agent may do. */
  readonly granted: readonly GrantedCapability[] | undefined
}
