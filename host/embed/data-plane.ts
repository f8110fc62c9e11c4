/**
 * Serves the agents of a runtime inside a program's own Hono app.
 *
 * @module
 */

import { Hono } from 'hono'
import type { Agent } from '../../runtime/agents/index.ts'
import type { Runtime } from '../../runtime/presets/index.ts'
import {
  createApp,
  RouteTable,
  servedAgent,
  UNKNOWN_PASSAGE,
  type RequestLine,
} from '../app/index.ts'

/** Options of a data plane. */
export interface DataPlaneOptions {
  /**
   * Takes the log line of each request. It must not throw.
   *
   * @default none is logged
   */
  log?: (line: RequestLine) => void
  /**
   * Whether agents answer to a host, with its port, that a request names. A website can make its own name resolve to
   * a machine that only its user should reach.
   *
   * @default every host will do
   */
  isHostAllowed?: (host: string) => boolean
  /**
   * The path at which the program has mounted it, such as `/agents`: browsers ask it before the route of each agent, and
   * cookies of agents are for paths below it.
   *
   * @default '' for none
   */
  mountedAt?: string
  /**
   * Tells the IP address of the client of a request, for its agent. Headers may be forged.
   *
   * @default agents do not learn it
   */
  clientAddress?: (request: Request) => string | undefined
}

/**
 * Answers requests by the agents that `runtime` has loaded, each at its route: `/<name>/*` where its manifest names
 * none, and at the hosts of its manifest. Of two versions of one agent the newer answers. It answers every path, so it comes after the routes of the
 * program.
 */
export function dataPlane(
  runtime: Pick<Runtime, 'agents'>,
  { log = () => {}, isHostAllowed, mountedAt = '', clientAddress }: DataPlaneOptions = {},
): Hono {
  const app = createApp({
    table: tableOf(runtime, mountedAt),
    control: async () => Response.json({ error: 'no control plane here' }, { status: 404 }),
    log,
    ...(isHostAllowed === undefined ? {} : { isHostAllowed }),
  })
  // A program's own app says nothing of the connection of a request, which is then not asked.
  return new Hono().all('*', ({ req: { raw } }) => {
    if (clientAddress === undefined) return app.fetch(raw)
    return app.fetch(raw, { passage: { ...UNKNOWN_PASSAGE, address: clientAddress(raw) } })
  })
}

/** Made anew when other agents are loaded than before. */
function tableOf(runtime: Pick<Runtime, 'agents'>, mountedAt: string): () => RouteTable {
  let agents: readonly Agent[] = []
  let table = new RouteTable()
  return () => {
    const now = runtime.agents
    const isSame = now.length === agents.length && now.every((agent, at) => agent === agents[at])
    if (!isSame) {
      const newest = new Map(now.map((agent) => [agent.name, agent]))
      table = new RouteTable(
        [...newest.values()].map((agent) => servedAgent(agent)),
        mountedAt,
      )
      agents = now
    }
    return table
  }
}
