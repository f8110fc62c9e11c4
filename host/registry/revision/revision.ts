/** What tells versions of an agent apart. @module */
import type { Manifest } from '../../../runtime/manifest/index.ts'
import { sha256 } from '../../digest/index.ts'

/**
 * Of component, manifest and assets, as the revision of a bundle.
 *
 * @param assets - digest of its assets; none by default
 */
export function revisionOf(manifest: Manifest, component: Uint8Array, assets = ''): string {
  return sha256(JSON.stringify(manifest), component, assets)
}
