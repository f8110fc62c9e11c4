/**
 * Mayfly, for embedding: load agents and run them inside any program with Web APIs and WebAssembly.
 *
 * What drivers and capabilities are written against is behind `mayfly/capability`.
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
export { ComponentError } from './abi/index.ts'
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
export {
  isMayflyError,
  MayflyError,
  type EncodedMayflyError,
  type MayflyErrorCode,
  type MayflyErrorOptions,
} from './errors/index.ts'
export { setTrailers, trailersOf } from './host-module/index.ts'
export { parseManifest, type Feature, type Manifest } from './manifest/index.ts'
export { Runtime, type Drivers, type RuntimeOptions } from './presets/index.ts'
