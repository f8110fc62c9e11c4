/** Whether `/` lists the agents for a client. @module */
import type { IndexClient } from '../../app/index.ts'
import { isLoopbackAddress, isLoopbackHost } from '../../control/index.ts'

/** Which clients `/` lists the agents for, where none of them answers it. */
export const INDEX_MODES = ['local', 'on', 'off'] as const
/** Which clients `/` lists the agents for. */
export type IndexMode = (typeof INDEX_MODES)[number]

// A proxy on this machine passes the requests of others on from here, and says so in one of these.
const PASSED_ON = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']

/** `local`: for programs and browsers of this machine, which could ask for the agents at the control plane as well. */
export function indexRule(mode: IndexMode): (client: IndexClient) => boolean {
  if (mode !== 'local') return () => mode === 'on'
  return ({ host, address = '', headers }) =>
    isLoopbackHost(host) &&
    isLoopbackAddress(address) &&
    PASSED_ON.every((name) => headers.get(name) === null)
}
