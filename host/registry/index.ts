/** The agents of one host: versions, approvals, attenuations, commands. @module */
export { AssetKeeper } from './asset-keeper.ts'
export type { RegistryLog, VersionLoader } from './admission.ts'
export type {
  AgentBundle,
  AgentCounts,
  AgentsToServe,
  AgentToServe,
  HostedAgent,
  RefusedAgent,
} from './agent.ts'
export { AgentHistory } from './agent-history.ts'
export { AgentLedger } from './agent-ledger.ts'
export {
  carryOut,
  RecentCommands,
  withChanges,
  withStates,
  type Command,
  type CommandBus,
  type CommandOutcome,
} from './commands/index.ts'
export { Deployment, type DeploymentRefusal } from './deployment.ts'
export { MemoryBus } from './memory-bus.ts'
export type { RegistryOptions } from './registry-parts.ts'
export { KEEP_USES_MS, Registry } from './registry.ts'
export { revisionOf } from './revision/index.ts'
export { readState, unreadable, writeState, type StateFileKind } from './state-file.ts'
export { memoryState, type StateStore } from './state/index.ts'
export { TOKENS_FILE, TokenStore } from './token-store.ts'
export { VersionStore } from './version-store.ts'
