/** The control plane. @module */
export { isAuthorized, type Access } from './authorize.ts'
export { createControl, type ControlOptions } from './control.ts'
export { MAX_DEPLOY_BYTES } from './deploy-request.ts'
export type {
  AgentSummary,
  ApprovalSummary,
  AuditHead,
  Controlled,
  ControlledAgents,
  Deployed,
  DeployOptions,
  HostHealth,
  HostState,
} from './host-state.ts'
export { readBody, type BodyBounds, type ReadBody } from './read-body.ts'
export { createTools, TOOLS_PATH, type ToolAgent } from './tools.ts'
