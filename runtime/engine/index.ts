/** The engine: loads agents and runs them. @module */
export { Agent, type AgentStats, type CallOptions } from './agent.ts'
export type { FetchOptions, InvocationRecord } from './agent-runs.ts'
export { OPTIONAL_IMPORTS_SECTION } from './bind-imports.ts'
export { LIMITS, type Limit, type Outcome } from './outcome.ts'
export type { ProgramOutcome, RunOptions } from './run-program.ts'
export { Runtime, type LoadOptions, type RuntimeOptions } from './runtime.ts'
