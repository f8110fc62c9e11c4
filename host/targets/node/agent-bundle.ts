/**
 * Turns a built agent into one that a host serves.
 *
 * @module
 */

import { manifestFromObject, type Manifest } from '../../../runtime/manifest/index.ts'
import { revisionOf, type AgentBundle } from '../../registry/index.ts'

/** An agent: the result of `buildAgent`, or a component with its manifest. */
export interface AgentSource {
  /** The bytes of a component. Copied. */
  readonly component: Uint8Array
  /** A parsed manifest, or an object to parse. */
  readonly manifest: Manifest | Readonly<Record<string, unknown>>
}

/**
 * Makes an agent for `startServer`.
 *
 * @throws {MayflyError} ERR_MANIFEST_INVALID
 */
export function agentBundle({ component, manifest: given }: AgentSource): AgentBundle {
  const manifest = manifestFromObject(given)
  return {
    manifest,
    component: new Uint8Array(component),
    revision: revisionOf(manifest, component),
  }
}
