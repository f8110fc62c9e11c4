/** `agent.json`: its type, its parser, its JSON Schema. @module */
export {
  mountPoint,
  type FileAreas,
  type MountedArea,
  type SizedArea,
} from '../capabilities/files/grant.ts'
export type { Capabilities } from '../capabilities/grants.ts'
export { NETWORKS, type HttpRule, type Network } from '../capabilities/http/grant.ts'
export type { WebSocketGrant } from '../capabilities/websocket/grant.ts'
export { AGENT_NAME, type Lease } from '../grants/index.ts'
export {
  ENGINES,
  FEATURES,
  LOADERS,
  STACK_BYTES,
  METERINGS,
  RESETS,
  engineOf,
  runsSource,
  type AssetSettings,
  type BuildSettings,
  type Consumption,
  type CorsSettings,
  type Engine,
  type Feature,
  type Limits,
  type Manifest,
  type RateLimitSettings,
  type Schedule,
} from './manifest.ts'
export { exampleAt } from './example.ts'
export { manifestFromObject, parseManifest, type ParseManifestOptions } from './parse.ts'
export { defaultLimit, LIMIT_CEILINGS } from './limit-ceilings.ts'
export { policyHash, policyText } from './policy-hash.ts'
export { manifestJsonSchema } from './json-schema.ts'
