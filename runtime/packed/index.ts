/** Agents as files that load without their components. @module */
export type { PackedAgent } from './format.ts'
export { packAgent, type AgentPack, type PackOptions } from './pack-agent.ts'
export { PackedRuntime, type PackedRuntimeOptions } from './packed-runtime.ts'
export type { GivenModules, PackedFiles } from './unpack-agent.ts'
