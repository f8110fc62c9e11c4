/**
 * From source to component, as `mayfly build` does it.
 *
 * @module
 *
 * @example
 * ```ts
 * import { buildAgent } from 'mayfly/build'
 *
 * const { component, manifest, digest } = await buildAgent({ directory: 'my-agent' })
 * ```
 */
export {
  adaptCoreModule,
  buildAgent,
  loadManifest,
  type BuildAgentOptions,
  type BuiltAgent,
  type LoadedManifest,
  type LoadManifestOptions,
} from '../toolchain/index.ts'
export type { PackedAssets } from '../assets/index.ts'
