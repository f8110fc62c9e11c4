/** The capabilities of an agent, as the control plane lists them. @module */

import type { Manifest } from '../../runtime/manifest/index.ts'

/** The names of what `capabilities` grants: `"log": false` grants nothing. */
export function grantedNames(capabilities: Manifest['capabilities']): string[] {
  return Object.entries(capabilities)
    .filter(([, grant]) => grant !== false)
    .map(([name]) => name)
}
