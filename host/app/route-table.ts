/**
 * Which agents answer at which host of a request.
 *
 * Immutable: a deploy makes a new table and swaps it in, so that a request sees one state or the other.
 *
 * @module
 */
import { MayflyError } from '../../runtime/errors/index.ts'
import { hostName } from './host-name.ts'
import { Routes } from './routes.ts'
import type { ServedAgent } from './served-agent.ts'

/** The route of an agent at its own hosts, when its manifest names none. */
const WHOLE_HOST = '/*'

export class RouteTable {
  readonly agents: readonly ServedAgent[]
  readonly #shared: Routes
  /** By names of hosts that are one agent's alone. */
  readonly #owned = new Map<string, Owned>()

  /**
   * @param mountedAt - path that browsers ask before each route; empty where routes are whole paths
   * @throws {MayflyError} ERR_MANIFEST_INVALID when two agents have one name, one route or one host
   */
  constructor(agents: readonly ServedAgent[] = [], mountedAt = '') {
    this.agents = agents
    this.#shared = new Routes('shared', mountedAt)
    const names = new Set<string>()
    for (const agent of agents) {
      if (names.has(agent.name)) throw taken('name', agent.name, agent, agent)
      names.add(agent.name)
      this.#addRoute(agent)
      this.#addHosts(agent)
    }
  }

  /** @param host - of a request, with its port */
  at(host: string): Routes {
    if (this.#owned.size === 0) return this.#shared
    return this.#owned.get(hostName(host))?.routes ?? this.#shared
  }

  /** The agents that have an address at a host, in the order of their names. */
  listedAt(host: string): readonly ServedAgent[] {
    const owned = this.#owned.get(hostName(host))
    if (owned !== undefined) return [owned.agent]
    const all = this.agents.filter(({ route }) => route !== undefined)
    return all.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }

  #addRoute(agent: ServedAgent): void {
    const { route } = agent
    const other = route === undefined ? undefined : this.#shared.add(agent, route)
    if (other !== undefined) throw taken('route', String(route), agent, other)
  }

  #addHosts(agent: ServedAgent): void {
    const { hosts = [], route = WHOLE_HOST } = agent
    if (hosts.length === 0) return
    const routes = new Routes('own')
    routes.add(agent, route)
    for (const host of hosts) {
      const other = this.#owned.get(host)
      if (other !== undefined && other.agent !== agent)
        throw taken('host', host, agent, other.agent)
      this.#owned.set(host, { agent, routes })
    }
  }
}

interface Owned {
  readonly agent: ServedAgent
  readonly routes: Routes
}

const FIELDS = { name: '"name"', route: '"name" or "route"', host: '"hosts"' } as const

function taken(
  what: keyof typeof FIELDS,
  value: string,
  { name: agent }: ServedAgent,
  { name: other }: ServedAgent,
): MayflyError {
  return new MayflyError(
    'ERR_MANIFEST_INVALID',
    `Cannot serve agent "${agent}": ${what} "${value}" is taken`,
    {
      hint: `Change ${FIELDS[what]} in the agent.json of "${agent}" or "${other}"`,
      facts: { agent, other },
    },
  )
}
