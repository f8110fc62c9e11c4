/**
 * Mayfly, for embedding: load agents and run them inside any program with Web APIs and WebAssembly.
 *
 * @module
 *
 * @example
 * ```ts
 * import { Runtime } from 'mayfly'
 *
 * const runtime = new Runtime()
 * const agent = await runtime.load({ component: bytes, manifest: { name: 'hello' } })
 * const response = await agent.fetch(new Request('http://any/hello'))
 * ```
 */
export type { AuditEvent, AuditSink } from './audit/index.ts'
export { ComponentError } from './abi/index.ts'
export { setTrailers, trailersOf } from './host-module/index.ts'
export type {
  ByteSink,
  Capability,
  CapabilityEvent,
  ConfigureContext,
  ConfiguredModule,
  HostFunction,
  HostModule,
  Imports,
  InvocationContext,
  Shared,
} from './host-module/index.ts'
export type { Secret, SecretDriver } from './capabilities/http/index.ts'
export { HttpRefusal, type HttpDriver, type HttpDriverOptions } from './capabilities/http/index.ts'
export { memoryKv, type KvDriver, type KvNamespace } from './capabilities/kv/index.ts'
export { consoleLog, type LogDriver, type LogLine } from './capabilities/log/index.ts'
export {
  callFunction,
  callTool,
  LIMITS,
  type AdoptOptions,
  type Agent,
  type AgentStats,
  type BodyOptions,
  type CallOptions,
  type FetchOptions,
  type FunctionDescription,
  type FunctionOutcome,
  type InvocationRecord,
  type Limit,
  type LoadOptions,
  type Outcome,
  type PreparedAgent,
  type ProgramOutcome,
  type RunOptions,
  type RuntimeStats,
  type ToolDescription,
  type ToolOutcome,
  type TurnOptions,
  type Turns,
  type TurnStats,
} from './agents/index.ts'
export { isMayflyError, MayflyError, type MayflyErrorCode } from './errors/index.ts'
export type { Budget, BudgetLimits, BudgetName, HeldBytes, ShareUse } from './meter/index.ts'
export { parseManifest, type Feature, type Manifest } from './manifest/index.ts'
export { Runtime, type Drivers, type RuntimeOptions } from './presets/index.ts'
export { memoryFiles, type FilesDriver, type MemoryFilesOptions } from './wasi/index.ts'
