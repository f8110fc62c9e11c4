/**
 * Parts that the invocations of one agent share with their surroundings. Made once a load, and handed from the runtime
 * to each invocation unchanged.
 *
 * @module
 */
import type { BytePool } from '../bytes/index.ts'
import type { FairShare } from '../meter/index.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { InvocationRecord } from './invocation-record.ts'

/** Parts that all agents of a runtime share. */
export interface RuntimeShared {
  /** Called when an invocation has ended. */
  readonly onInvocation: ((record: InvocationRecord) => void) | undefined
  /** Called whenever a guest comes by the host: commands that have come meanwhile are carried out then. */
  readonly poll: (() => void) | undefined
  /** Takes the deadline of the guest that runs on this thread. */
  readonly running: Float64Array | undefined
  /** The share of all invocations in bytes of bodies. */
  readonly bodies: FairShare
  /**
   * Has room for answers, which clients give back.
   *
   * @default each has room of its own
   */
  readonly answers?: BytePool
}

export interface AgentShared extends RuntimeShared {
  /**
   * Whether streams can pass between its guests and the host.
   *
   * @default true
   */
  readonly passesStreams?: boolean
  /** The audit log, for this agent. */
  readonly trail: AuditTrail | undefined
}
