/**
 * What is known of an invocation after it has ended.
 *
 * @module
 */
import type { Digest } from '../digest/index.ts'
import type { CapabilityEvent } from '../host-module/index.ts'
import type { Outcome } from '../serve/index.ts'

/** One invocation, for logs and metrics. */
export interface InvocationRecord {
  readonly id: string
  readonly agent: string
  /** Of the component. */
  readonly digest: Digest
  readonly outcome: Outcome
  readonly durationMs: number
  /** 0 when the agent is not metered by fuel. */
  readonly fuel: number
  readonly events: readonly CapabilityEvent[]
}
