/**
 * Which agent answers a path of one origin.
 *
 * @module
 */
import type { WebOrigin } from '../../runtime/policy/index.ts'
import type { ServedAgent } from './served-agent.ts'

export interface RouteMatch {
  readonly agent: ServedAgent
  /** The path as the agent is to see it. */
  readonly path: string
  /** What the client asks before that path; empty when the agent sees the whole path. */
  readonly base: string
  /** The path below the folder of the route: empty for the folder itself; the whole path where the route is one path. */
  readonly inner: string
  /** The part of the origin that is the agent's. */
  readonly origin: WebOrigin
}

/** An agent at its place. */
interface Place {
  readonly agent: ServedAgent
  /** Whether the agent sees paths without its name. */
  readonly isMounted: boolean
  /** What clients ask before the path that the agent sees. */
  readonly base: string
  /** For a request to the route itself. */
  readonly at: WebOrigin
  /** For a request to a path below it. */
  readonly below: WebOrigin
}

export class Routes {
  readonly #state: WebOrigin['state']
  readonly #mountedAt: string
  readonly #exact = new Map<string, Place>()
  /** By the part before the `*`, without its last slash. */
  readonly #prefixes = new Map<string, Place>()
  /** Folders with a route in them. */
  #occupied: ReadonlySet<string> | undefined

  /** @param mountedAt - path that browsers ask before each route */
  constructor(state: WebOrigin['state'], mountedAt = '') {
    this.#state = state
    this.#mountedAt = mountedAt
  }

  /** Whether agents share the origin. */
  get isShared(): boolean {
    return this.#state === 'shared'
  }

  /**
   * Adds `agent`.
   *
   * @returns the agent that has the route; nothing when it was free
   */
  add(agent: ServedAgent, route: string): ServedAgent | undefined {
    const isFolder = route.endsWith('/*')
    const places = isFolder ? this.#prefixes : this.#exact
    const key = route.replace(/\/\*$/, '')
    const other = places.get(key)
    if (other !== undefined) return other.agent
    const [at, below] = this.#originsOf(agent, isFolder ? key : undefined)
    // Under its default route, which it did not choose, an agent does not know where it is mounted. Under any other, and
    // at its own hosts, it sees the whole path.
    const isMounted = this.isShared && isFolder && key === `/${agent.name}`
    const base = isMounted ? this.#mountedAt + key : this.#mountedAt
    places.set(key, { agent, isMounted, base, at, below })
    return undefined
  }

  /** The agent with the longest route that covers `path`. */
  match(path: string): RouteMatch | undefined {
    const exact = this.#exact.get(path)
    if (exact !== undefined) {
      const { agent, base, at } = exact
      return { agent, path, base, inner: path, origin: at }
    }
    for (let end = path.length; end >= 0; end = path.lastIndexOf('/', end - 1)) {
      const place = this.#prefixes.get(path.slice(0, end))
      if (place !== undefined) {
        const { agent, isMounted, base, at, below } = place
        const inner = path.slice(end)
        const seen = isMounted ? inner || '/' : path
        return { agent, path: seen, base, inner, origin: end === path.length ? at : below }
      }
      if (end === 0) break
    }
    return undefined
  }

  /**
   * Whether a service worker at the URL of a request, with `origin`, would see requests to one agent alone. By default it
   * sees those to the folder of its URL: https://www.w3.org/TR/service-workers/#path-restriction
   */
  mayHaveWorker(origin: WebOrigin): boolean {
    if (origin.state === 'own') return true
    const { folder, isInside } = origin
    if (!isInside || folder === undefined || folder === this.#mountedAt) return false
    this.#occupied ??= foldersOf([...this.#exact.keys(), ...this.#prefixes.keys()])
    return !this.#occupied.has(folder.slice(this.#mountedAt.length))
  }

  #originsOf(agent: ServedAgent, key: string | undefined): readonly [WebOrigin, WebOrigin] {
    if (!this.isShared) {
      const own: WebOrigin = { state: 'own', hosts: agent.hosts ?? [] }
      return [own, own]
    }
    const folder = key === undefined ? undefined : this.#mountedAt + key
    return [
      { state: 'shared', folder, isInside: false },
      { state: 'shared', folder, isInside: folder !== undefined },
    ]
  }
}

/** All folders above `routes`. */
function foldersOf(routes: readonly string[]): ReadonlySet<string> {
  const folders = new Set<string>()
  for (const route of routes) {
    for (let end = route.lastIndexOf('/'); end > 0; end = route.lastIndexOf('/', end - 1))
      folders.add(route.slice(0, end))
  }
  return folders
}
