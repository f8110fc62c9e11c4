/** The control plane. @module */
export type { Access } from './authorize.ts'
export {
  createControl,
  type AgentSummary,
  type Controlled,
  type ControlledAgents,
  type ControlOptions,
  type HostHealth,
  type HostState,
} from './control.ts'
export { createTools, TOOLS_PATH, type ToolAgent } from './tools.ts'
