/** The control plane. @module */
export { createControl, type AgentSummary, type HostHealth, type HostState } from './control.ts'
