/** The access rule of the control plane at an address. @module */

import { isLoopbackAddress, type Access } from '../../control/index.ts'

/** A client with the token; where there is none, any client on this machine, and none from elsewhere. */
export function controlAccess(host: string, token: string | undefined): Access {
  if (token !== undefined) return { state: 'token', token }
  return { state: host === 'localhost' || isLoopbackAddress(host) ? 'open' : 'closed' }
}
