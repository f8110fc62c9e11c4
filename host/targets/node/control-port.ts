/**
 * The control plane on a TCP port that the main thread listens on itself.
 *
 * Requests on the port of the data plane arrive at a worker, and a worker that is busy with a guest passes them on only
 * when the guest lets go. Here no guest is in the way, also for operators on another machine.
 *
 * @module
 */

import { createControl, type HostState } from '../../control/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { closeServer } from './close-server.ts'
import { controlAccess } from './control-access.ts'
import { CONTROL_LIMITS, createHttpServer } from './http-server.ts'
import { listen } from './listen.ts'

export interface ControlPortOptions {
  readonly host: string
  /** 0 for one the system chooses. */
  readonly port: number
  readonly token: string | undefined
}

export interface ControlPort {
  readonly url: string
  readonly port: number
  /** Answers all requests that have arrived, then closes the port. */
  close(): Promise<void>
}

/** @throws {MayflyError} ERR_USAGE, ERR_HOST_UNAVAILABLE */
export async function openControlPort(
  { host, port, token }: ControlPortOptions,
  state: HostState,
): Promise<ControlPort> {
  const access = controlAccess(host, token)
  if (access.state === 'closed') {
    throw new MayflyError(
      'ERR_USAGE',
      `Cannot serve the control plane on ${host}: strangers may reach it, and no token is set`,
      { hint: 'Set MAYFLY_TOKEN, or serve it on 127.0.0.1' },
    )
  }
  const control = createControl(state, { access })
  const server = createHttpServer({ fetch: control.fetch, limits: CONTROL_LIMITS })
  const bound = await listen(server, { host, port, reusePort: false, options: '--control-port' })
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    close: () => closeServer(server),
  }
}
