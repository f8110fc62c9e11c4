/** The engine: loads agents and runs them. @module */
export {
  Agent,
  type AgentStats,
  type CallOptions,
  type FetchOptions,
  type InvocationRecord,
} from './agent.ts'
export { OPTIONAL_IMPORTS_SECTION } from './bind-imports.ts'
export { LIMITS, type Limit, type Outcome } from './outcome.ts'
export type { ProgramOutcome, RunOptions } from './run-program.ts'
export { Runtime, type LoadOptions, type RuntimeOptions } from './runtime.ts'
