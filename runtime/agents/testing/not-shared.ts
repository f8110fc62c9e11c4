/** For invocations of tests that have no runtime. @module */
import { FairShare } from '../../meter/index.ts'
import type { AgentShared } from '../agent-shared.ts'

/** Nothing is recorded, nothing is polled, and there is room for every body. */
export const NOT_SHARED: AgentShared = {
  trail: undefined,
  onInvocation: undefined,
  poll: undefined,
  running: undefined,
  bodies: new FairShare({ max: Infinity, maxByAgent: Infinity, maxWaitingByAgent: 0 }),
}
