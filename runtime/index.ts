/**
 * Mayfly, for embedding: load agents and run them inside any program with Web APIs and WebAssembly.
 *
 * The contracts of drivers and capabilities are in `mayfly/capability`.
 *
 * @module
 *
 * @example
 * ```ts
 * import { Runtime } from 'mayfly'
 * import { buildAgent } from 'mayfly/build'
 *
 * const { component, manifest } = await buildAgent({ directory: 'my-agent' })
 * const runtime = new Runtime()
 * const agent = await runtime.load({ component, manifest })
 * const response = await agent.fetch(new Request('http://any/hello'))
 * await runtime.close()
 * ```
 */
export {
  ComponentError,
  PRIMITIVE_KINDS,
  type FunctionType,
  type JsonSchema,
  type NamedType,
  type PrimitiveKind,
  type ValueType,
  type VariantCase,
} from './abi/index.ts'
export {
  callFunction,
  callTool,
  LIMITS,
  WholeAnswer,
  type AdoptOptions,
  type Agent,
  type Answer,
  type AgentPlaceUse,
  type AgentStats,
  type BodyOptions,
  type CallOptions,
  type CommonRuntimeOptions,
  type GuestSite,
  type FetchOptions,
  type FunctionDescription,
  type FunctionOutcome,
  type InvocationRecord,
  type KeptStats,
  type Limit,
  type LoadOptions,
  type Outcome,
  type PlaceUse,
  type PreparedAgent,
  type ProgramOutcome,
  type RunOptions,
  type RuntimeStats,
  type SandboxStats,
  type TenantBound,
  type ToolDescription,
  type ToolOutcome,
  type TurnOptions,
  type Turns,
  type TurnStats,
  type WaitingOptions,
  type WaitingUse,
} from './agents/index.ts'
export type { Digest } from './digest/index.ts'
export {
  isMayflyError,
  MayflyError,
  SYSTEM_ERROR_CODES,
  USER_ERROR_CODES,
  type EncodedMayflyError,
  type MayflyErrorCode,
  type MayflyErrorOptions,
} from './errors/index.ts'
export {
  setTrailers,
  trailersOf,
  type AbortSource,
  type WebHeaders,
  type WebRequest,
} from './host-module/index.ts'
export type { ImportSource } from './link/index.ts'
export {
  ENGINES,
  FEATURES,
  LOADERS,
  METERINGS,
  NETWORKS,
  parseManifest,
  RESETS,
  type Capabilities,
  type Engine,
  type Feature,
  type FileAreas,
  type MountedArea,
  type SizedArea,
  type HttpRule,
  type Lease,
  type Limits,
  type AssetSettings,
  type BuildSettings,
  type Consumption,
  type CorsSettings,
  type Manifest,
  type RateLimitSettings,
  type Network,
  type Schedule,
  type ParseManifestOptions,
  type WebSocketGrant,
} from './manifest/index.ts'
export type { Attenuation, CountUse, OwnOrigin, SharedOrigin, WebOrigin } from './policy/index.ts'
export { Runtime, type Drivers, type RuntimeOptions } from './presets/index.ts'
export type { CodeStore, SlotPoolOptions } from './stamp/index.ts'
