/** The control plane. @module */
export {
  createControl,
  type AgentSummary,
  type ControlOptions,
  type HostHealth,
  type HostState,
} from './control.ts'
