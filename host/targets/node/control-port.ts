/**
 * The control plane on a TCP port that the main thread listens on itself, and the page of the operator.
 *
 * Requests on the port of the data plane arrive at a worker, and a worker that is busy with a guest passes them on only
 * when the guest lets go. Here no guest is in the way, also for operators on another machine. No agent answers here, so no
 * page of an agent is of this origin.
 *
 * @module
 */

import { isIP } from 'node:net'
import { allowHosts, createControl, type Access, type HostState } from '../../control/index.ts'
import { pageFiles, servePage } from '../../dashboard/index.ts'
import { isMayflyError, MayflyError } from '../../../runtime/errors/index.ts'
import { hostName } from '../../app/index.ts'
import { closeServer } from './close-server.ts'
import { controlAccess } from './control-access.ts'
import { CONTROL_LIMITS, createHttpServer } from './http-server.ts'
import { listen } from './listen.ts'

export interface ControlPortOptions {
  readonly host: string
  /** 0 for one the system chooses. `after`: the next one after a port, or another when that is in use. */
  readonly port: number | { readonly after: number }
  readonly token: string | undefined
  /** Names that the page answers to, beside addresses and those of loopback; `*` for any. */
  readonly allowedHosts: readonly string[]
}

export interface ControlPort {
  readonly url: string
  readonly port: number
  /** Answers all requests that have arrived, then closes the port. */
  close(): Promise<void>
}

const MAX_PORT = 65_535

/** @throws {MayflyError} ERR_USAGE, ERR_HOST_UNAVAILABLE */
export async function openControlPort(
  { host, port, token, allowedHosts }: ControlPortOptions,
  state: HostState,
): Promise<ControlPort> {
  const access = accessAt(host, port, token)
  if (access.state === 'closed') {
    throw new MayflyError(
      'ERR_USAGE',
      `Cannot serve the control plane on ${host}: strangers may reach it, and no token is set`,
      { hint: 'Set MAYFLY_TOKEN, or serve it on 127.0.0.1' },
    )
  }
  const control = createControl(state, { access })
  const isNamed = allowHosts(allowedHosts)
  const fetch = servePage({
    files: pageFiles,
    // No website can make an address lead elsewhere.
    isHostAllowed: (name) => isNamed(name) || isAddress(name),
    control: (request) => control.fetch(request),
  })
  const server = createHttpServer({ fetch, limits: CONTROL_LIMITS })
  const bind = (number: number): Promise<number> =>
    listen(server, { host, port: number, reusePort: false, options: '--control-port' })
  const bound = typeof port === 'number' ? await bind(port) : await bindAfter(port.after, bind)
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    close: () => closeServer(server),
  }
}

/**
 * Every user of this machine can ask a port of loopback. One that the operator has not asked for tells them nothing: it
 * takes tokens of the page and scoped ones only, where the host has none of its own.
 */
function accessAt(
  host: string,
  port: ControlPortOptions['port'],
  token: string | undefined,
): Access {
  const access = controlAccess(host, token)
  return access.state === 'open' && typeof port !== 'number' ? { state: 'tokens' } : access
}

async function bindAfter(port: number, bind: (port: number) => Promise<number>): Promise<number> {
  try {
    return await bind(port < MAX_PORT ? port + 1 : 0)
  } catch (error) {
    if (!isMayflyError(error) || error.code !== 'ERR_HOST_UNAVAILABLE') throw error
    return bind(0)
  }
}

function isAddress(host: string): boolean {
  return isIP(hostName(host).replace(/^\[(.*)\]$/, '$1')) !== 0
}
