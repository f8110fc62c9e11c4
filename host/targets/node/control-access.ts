/** The access rule of the control plane at an address. @module */

import { isLoopbackAddress, type Access } from '../../control/index.ts'

/** Beside holders of scoped tokens: the holder of `token`; without it, programs on this machine, which change nothing. */
export function controlAccess(host: string, token: string | undefined): Access {
  if (token !== undefined) return { state: 'token', token }
  return { state: host === 'localhost' || isLoopbackAddress(host) ? 'open' : 'closed' }
}
