/** The contract between the runtime and its host modules. @module */
export type { Awaitable } from './awaitable.ts'
export {
  BODIES_HINT,
  emptyBudget,
  emptyHold,
  FairShare,
  type HeldBytes,
  type Budget,
  type BudgetName,
  type ShareUse,
} from '../meter/index.ts'
export { MAX_WHOLE_BYTES, type BodyEnd, type BodyError, type BodyStream } from './body-stream.ts'
export type {
  AgentLink,
  AgentLinks,
  ForwardedRequest,
  ForwardOutcome,
  LinkFailure,
  LinkMessage,
  LinkOutcome,
  LinkTarget,
} from './agent-link.ts'
export type {
  Capability,
  ConfigureContext,
  ConfiguredModule,
  HostFunction,
  HostModule,
  Imports,
  Shared,
} from './contract.ts'
export type { CapabilityEvent, InvocationContext } from './invocation-context.ts'
export { GuestError } from './guest-error.ts'
export { nextLoopTurn } from './loop-turn.ts'
export { ProgramExit, type ByteSink, type Program } from './program.ts'
export type { Exchange, ExchangeContext, RequestHandler } from './request-handler.ts'
export { isUntyped, leaveUntyped } from './content-type.ts'
export { hostTimer, type Timer } from './timer.ts'
export { hasTrailers, setTrailers, trailersOf } from './trailers.ts'
export type { AbortSource, WebHeaders, WebRequest } from './web-request.ts'
