/**
 * The control plane of a runtime inside a program's own Hono app.
 *
 * @module
 */

import { Hono } from 'hono'
import type { Runtime } from '../../runtime/presets/index.ts'
import { hostName } from '../app/index.ts'
import { createControl, type ControlOptions } from '../control/index.ts'
import { runtimeState } from './runtime-state.ts'

/**
 * Answers requests of operators about the agents of `runtime`, under `/-/`: `GET health`, `metrics`, `agents`; `POST
 * agents/NAME/kill`, `disable`, `enable`, `grants`. Deploying and rolling back are refused: the program loads agents.
 *
 * `access` has no default. With `token`, clients send the token. With `open`, clients on this machine may read, pages in
 * browsers excepted, and change nothing. With `local`, every client may do everything: for an app that only its user
 * reaches, or that has asked them for more itself. It does not answer at hosts of agents, whose pages would have it at
 * their own origin.
 */
export function controlPlane(runtime: Pick<Runtime, 'agents'>, options: ControlOptions): Hono {
  const control = createControl(runtimeState(runtime), options)
  // Its own rules are for its own paths: an app that it is part of has others.
  return new Hono().all('/-/*', ({ req }, next) =>
    isOwned(runtime, new URL(req.url).host) ? next() : control.fetch(req.raw),
  )
}

/** Whether `host` is one agent's alone. */
function isOwned({ agents }: Pick<Runtime, 'agents'>, host: string): boolean {
  const name = hostName(host)
  return agents.some(({ manifest }) => manifest.hosts?.includes(name) === true)
}
