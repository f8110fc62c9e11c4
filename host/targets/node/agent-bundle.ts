/**
 * Turns a built agent into one that a host serves.
 *
 * @module
 */

import { manifestFromObject, type Manifest } from '../../../runtime/manifest/index.ts'
import type { AgentBundle } from '../../registry/index.ts'
import { revisionOf } from '../../registry/revision/index.ts'
import type { PackedAssets } from '../../assets/index.ts'
import { packMap } from '../../source-maps/index.ts'

/** An agent: the result of `buildAgent`, or a component with its manifest. */
export interface AgentSource {
  /** The bytes of a component. Copied. */
  readonly component: Uint8Array
  /** A parsed manifest, or an object to parse. */
  readonly manifest: Manifest | Readonly<Record<string, unknown>>
  /**
   * Its source map, as JSON: stacks in the log then name files and lines of its sources.
   *
   * @default none: they name lines of the bundle
   */
  readonly sourceMap?: string
  /**
   * Its packed files, as `buildAgent` returns them.
   *
   * @default none
   */
  readonly assets?: PackedAssets
}

/**
 * Makes an agent for `startServer`.
 *
 * @throws {MayflyError} ERR_MANIFEST_INVALID, ERR_USAGE for a source map that is none
 */
export function agentBundle({
  component,
  manifest: given,
  sourceMap,
  assets,
}: AgentSource): AgentBundle {
  const manifest = manifestFromObject(given)
  return {
    manifest,
    component: new Uint8Array(component),
    revision: revisionOf(manifest, component, assets?.digest),
    ...(assets === undefined ? {} : { assets }),
    ...(sourceMap === undefined ? {} : { sourceMap: packMap(sourceMap) }),
  }
}
