/** Who may ask the control plane at an address. @module */

import { isLoopbackAddress, type Access } from '../../control/index.ts'

/** Whoever has the token; without one anyone on this machine, and nobody from elsewhere. */
export function controlAccess(host: string, token: string | undefined): Access {
  if (token !== undefined) return { state: 'token', token }
  return { state: host === 'localhost' || isLoopbackAddress(host) ? 'open' : 'closed' }
}
