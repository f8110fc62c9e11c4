/** The engine: loads agents and runs them. @module */
export { CONSUMER, SCHEDULED } from './check-events.ts'
export { declaredFunctions, parametersOf } from './declared-functions.ts'
export type { Agent, CallOptions } from './agent-interface.ts'
export { replaceGrants } from './replace-grants.ts'
export type { FetchOptions } from './agent-runs.ts'
export type { InvocationRecord } from './invocation-record.ts'
export { callFunction } from './json-call.ts'
export {
  describeFunctions,
  type FunctionDescription,
  type FunctionOutcome,
} from './json-functions.ts'
export { callTool, type ToolDescription, type ToolOutcome } from './former-names.ts'
export type { HostTypes } from './host-types.ts'
export { OPTIONAL_IMPORTS_SECTION } from './bind-imports.ts'
export { listedName } from './split-interface.ts'
export {
  sharesCode,
  type AdoptOptions,
  type PreparedAgent,
  type PreparedParts,
} from './prepared-agent.ts'
export { LoadedAgents, suspendingOf, type Links } from './loaded-agents.ts'
export type { InitialState } from './sandbox-parts.ts'
export { Runtime } from './runtime.ts'
export type { AgentSandbox, SandboxSite, SiteRequest } from './agent-sandbox.ts'
export type { AgentShared } from './agent-shared.ts'
export { callsTooEarly, type Dispatch } from './dispatch.ts'
export { Invocation } from './invocation.ts'
export { nextLoopTurn } from '../host-module/index.ts'
export { ComponentCompiler } from './component-compiler.ts'
export { Sandboxes, type PreparedSandbox, type SandboxesOptions } from './sandboxes.ts'
export { stoppable } from './stoppable.ts'
export { stopped } from './stop-reasons.ts'
export type {
  BodyOptions,
  CommonRuntimeOptions,
  GuestSite,
  LoadOptions,
  RuntimeOptions,
} from './runtime-options.ts'
export type { SandboxStats, Turns } from './sandbox-parts.ts'
export type { AgentPlaceUse } from './agent-places.ts'
export type { TenantBound } from './tenant-places.ts'
export type { PlaceUse } from './places.ts'
export {
  LIMITS,
  refusalOf,
  REQUEST_BODY_INTERFACE,
  RESPONSE_BODY_INTERFACE,
  statusOf,
  tooManyBodies,
  toWebResponse,
  fieldOf,
  responseOf,
  WholeAnswer,
  type Answer,
  type Limit,
  type Outcome,
  type ProgramOutcome,
  type RunOptions,
} from '../serve/index.ts'
export { shareOfBodies } from './share-of-bodies.ts'
export type { AgentStats, RuntimeStats } from './stats.ts'
export type { TurnOptions, TurnStats } from './turn-line.ts'
export type { KeptStats } from './kept-slots.ts'
export type { WaitingOptions, WaitingUse } from './waiting-room.ts'
export { warmUpRequest } from './warm-up-request.ts'
