/** The control plane. @module */
export type { CallableAgent } from './answer-call.ts'
export { agentUse } from './agent-use.ts'
export { grantedNames } from './granted-names.ts'
export { isAuthorized, type Access } from './authorize.ts'
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
  DeployForm,
  DeployResult,
  FunctionFailure,
  FunctionList,
  GrantsRequest,
  HostHealth,
  Refusal,
} from './contract.ts'
export { createControl, type ControlOptions } from './control.ts'
export { MAX_DEPLOY_BYTES } from './deploy-request.ts'
export { createFunctions, isFunctionsPath } from './functions.ts'
export type { AgentChanges, DeployOptions, HostState } from './host.ts'
export { allowHosts, isLoopbackAddress } from './loopback.ts'
export { AGENT_USES } from './metrics.ts'
export { readBody } from './read-body.ts'
