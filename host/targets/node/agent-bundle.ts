/**
 * From an agent that is built to what a host serves.
 *
 * @module
 */

import { manifestFromObject, type Manifest } from '../../../runtime/manifest/index.ts'
import { revisionOf, type AgentBundle } from '../../registry/index.ts'

/** An agent: what `buildAgent` returns, or a component with what may be done with it. */
export interface AgentSource {
  /** The bytes of a component. Copied. */
  readonly component: Uint8Array
  /** A parsed manifest, or what one may be parsed from. */
  readonly manifest: Manifest | Readonly<Record<string, unknown>>
}

/**
 * Makes what `startServer` serves.
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
