/** The control plane. @module */
export type { CallableAgent } from './answer-call.ts'
export { agentUse } from './agent-use.ts'
export { isAuthorized, type Access } from './authorize.ts'
export { createControl, type ControlOptions } from './control.ts'
export { MAX_DEPLOY_BYTES } from './deploy-request.ts'
export { createFunctions, isFunctionsPath } from './functions.ts'
export {
  AGENT_USES,
  type AgentSummary,
  type AgentUse,
  type ApprovalSummary,
  type AuditHead,
  type ChangeResult,
  type AgentChanges,
  type DeployResult,
  type DeployOptions,
  type HostHealth,
  type HostState,
} from './host.ts'
export { allowHosts, isLoopbackAddress } from './loopback.ts'
export { readBody } from './read-body.ts'
