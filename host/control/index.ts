/** The control plane. @module */
export {
  createControl,
  type AgentSummary,
  type Controlled,
  type ControlledAgents,
  type ControlOptions,
  type HostHealth,
  type HostState,
} from './control.ts'
