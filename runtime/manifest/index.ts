/** `agent.json`: its type, its parser, its JSON Schema. @module */
export {
  CLOCKS,
  ENGINES,
  FEATURES,
  KV_ACCESS,
  METERINGS,
  NETWORKS,
  RESETS,
  SCHEMES,
  engineOf,
  runsSource,
  type Capabilities,
  type ConfigValue,
  type Engine,
  type Feature,
  type FileAreas,
  type HttpRule,
  type KvStore,
  type Lease,
  type Limits,
  type Manifest,
  type Network,
  type ToolGrant,
} from './manifest.ts'
export { manifestFromObject, parseManifest, type ParseManifestOptions } from './parse.ts'
export { canonical, policyHash, policyText } from './policy-hash.ts'
export { manifestJsonSchema } from './json-schema.ts'
export { AGENT_NAME } from './schema.ts'
