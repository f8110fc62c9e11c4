/** Who may ask the control plane at an address. @module */

import type { Access } from '../../control/index.ts'

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])

/** Whoever has the token; without one anyone on this machine, and nobody from elsewhere. */
export function controlAccess(host: string, token: string | undefined): Access {
  if (token !== undefined) return { state: 'token', token }
  return { state: LOOPBACK_HOSTS.has(host) ? 'open' : 'closed' }
}
