/** The control plane. @module */
export {
  callOfClient,
  type CallableAgent,
  type FunctionCall,
  type FunctionEnd,
} from './call-function.ts'
export { agentUse } from './agent-use.ts'
export { grantedNames } from './granted-names.ts'
export {
  authenticate,
  callerOf,
  isSeen,
  type Access,
  type FindToken,
  type FoundToken,
  type Principal,
  type TokenScope,
} from './access/index.ts'
export type {
  AgentFunctions,
  AgentList,
  AgentSummary,
  AgentUse,
  ApprovalList,
  ApprovalSummary,
  AuditHead,
  AuditHeads,
  ChangeResult,
  Deployer,
  DeployForm,
  DeployResult,
  FunctionFailure,
  FunctionList,
  GrantsRequest,
  HostHealth,
  PolicyCheck,
  PolicyCheckLine,
  NewToken,
  Refusal,
  RestoreResult,
  TakenSummary,
  TokenList,
  TokenRequest,
  TokenSummary,
} from './contract.ts'
export { CONTROL_ROUTES, createControl, type ControlOptions } from './control.ts'
export { createFunctions, FUNCTION_ROUTES, functionsOf, isFunctionsPath } from './functions.ts'
export type {
  AgentChanges,
  CheckOptions,
  DeployOptions,
  HostState,
  OpenedPage,
  DeployedVersion,
  Order,
  PageKeeper,
  QueueKeeper,
  RollBackOptions,
  ScheduleKeeper,
  TokenKeeper,
} from './host.ts'
export { CallerTurns } from './caller-turns.ts'
export { heldBodyBytes, MAX_OTHER_BYTES } from './held-body.ts'
export { exampleLines, examplesOf, placeOf, type ExampleAgent } from './agent-place.ts'
export {
  PAGE_EVENTS,
  type Finding,
  type MemorySummary,
  type PageCode,
  type PageFindings,
  type PageLink,
  type PageRecent,
  type PageSession,
  type PageState,
  type StopResult,
  type WorkerList,
  type WorkerSummary,
} from './page-contract.ts'
export type { ControlLine, ControlLog } from './log-answer.ts'
export { allowHosts, isLoopbackAddress, isLoopbackHost } from './loopback.ts'
export { AGENT_USES } from './metrics.ts'
export { readBody } from './read-body.ts'
export { refuse } from './refuse.ts'
export { addRoutes, type ControlEnvironment, type Exchange, type Routes } from './routes.ts'
export {
  TAIL_LEVELS,
  TailHub,
  type TailEvent,
  type TailLevel,
  type TailLine,
} from './tail/index.ts'
export type {
  MessageList,
  MessageState,
  MessageSummary,
  QueueChange,
  QueueList,
  QueueSummary,
  ScheduleList,
  ScheduleRun,
  ScheduleSummary,
} from './trigger-contract.ts'
export type {
  RollbackRequest,
  VersionDiff,
  VersionList,
  VersionName,
  VersionSummary,
} from './version-contract.ts'
export type { WantedToken } from './token-request.ts'
