/** Facts about a request or a WebSocket, for its driver. @module */
import type { Network } from '../../policy/index.ts'

/** Facts about a request that the `http` capability lets through. */
export interface HttpDriverOptions {
  /** The name of the agent that sends the request. Requests wait in turns by agent. */
  readonly agent: string
  /**
   * Aborted when the invocation ends or the time for this request is up. The signal of the request itself may never abort:
   * pass this one on.
   */
  readonly signal: AbortSignal
  /** Where the address may lie. */
  readonly network: Network
}
