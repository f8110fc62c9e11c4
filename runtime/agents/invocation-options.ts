/**
 * The options of an invocation.
 *
 * @module
 */
import type { Digest } from '../digest/index.ts'
import type { Limits } from '../manifest/index.ts'
import type { Budget, BudgetLimits } from '../meter/index.ts'
import type { AgentShared } from './agent-shared.ts'
import type { GrantedCapability } from './bind-imports.ts'

/** How much of each, and how agents may call each other. */
export type InvocationBudgets = BudgetLimits & Pick<Limits, 'toolDepth' | 'toolFanOut'>

/** `Invocation` is the class of the invocation that begins. */
export interface InvocationOptions<Invocation> {
  readonly agent: string
  /** Of its component. Absent in a process that runs guests alone: there it writes no log. */
  readonly digest?: Digest
  /** Without one, an id is made when it is first needed. */
  readonly id: string | undefined
  /** On the clock of `performance.now()`, as `deadlineAt`. */
  readonly startedAt: number
  readonly deadlineAt: number
  /**
   * Milliseconds that a streamed answer may go on after its head.
   *
   * @default 0: it ends by its deadline
   */
  readonly connectionMs?: number
  /** Fuel this invocation may burn; `Infinity` when only time bounds it. */
  readonly fuel: number
  readonly budgets: InvocationBudgets
  /** The caller: `http`, `embedder`, or `agent:` and the name of an agent. */
  readonly caller: string
  /** The budget of the caller, when it is an agent. */
  readonly callerBudget: Budget | undefined
  readonly shared: AgentShared
  /** The invocation that calls this one: this one ends with it and in its time. */
  readonly parent: Invocation | undefined
  /**
   * How many calls of agents by agents it lies within, when its callers are in another process.
   *
   * @default one more than its parent
   */
  readonly depth?: number
  /** Bytes that its caller handed to it by reference. */
  readonly blobs: readonly Uint8Array[] | undefined
  /** Its grants, when they differ from those of its agent. */
  readonly granted: readonly GrantedCapability[] | undefined
}
