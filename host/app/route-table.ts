/**
 * Which agent answers a path.
 *
 * Immutable: a deploy makes a new table and swaps it in, so that a request sees one state or the other.
 *
 * @module
 */

import type { AbortSource, WebRequest } from '../../runtime/host-module/index.ts'
import { MayflyError } from '../../runtime/errors/index.ts'

/** The part of an agent that the data plane needs. */
export interface ServedAgent {
  readonly name: string
  /** `/shop/*` for everything below `/shop` and `/shop` itself, or one exact path. */
  readonly route: string
  readonly requestBodyBytes: number
  /**
   * Answers, at once when it can. The answer must have the id in `x-request-id`, and no header that frames the
   * message.
   */
  fetch(
    request: WebRequest,
    options: { id: string; signal: AbortSource },
  ): Response | Promise<Response>
}

export interface RouteMatch {
  readonly agent: ServedAgent
  /** The path as the agent is to see it. */
  readonly path: string
}

export class RouteTable {
  readonly agents: readonly ServedAgent[]
  readonly #exact = new Map<string, ServedAgent>()
  /** By the part before the `*`, without its last slash. */
  readonly #prefixes = new Map<string, ServedAgent>()

  /** @throws {MayflyError} ERR_MANIFEST_INVALID when two agents have one name or one route */
  constructor(agents: readonly ServedAgent[] = []) {
    this.agents = agents
    const names = new Set<string>()
    for (const agent of agents) {
      if (names.has(agent.name)) throw taken(`name "${agent.name}"`, agent.name, agent.name)
      names.add(agent.name)
      const routes = agent.route.endsWith('/*') ? this.#prefixes : this.#exact
      const key = agent.route.replace(/\/\*$/, '')
      const other = routes.get(key)
      if (other !== undefined) throw taken(`route "${agent.route}"`, agent.name, other.name)
      routes.set(key, agent)
    }
  }

  /** The agent with the longest route that covers `path`. */
  match(path: string): RouteMatch | undefined {
    const exact = this.#exact.get(path)
    if (exact !== undefined) return { agent: exact, path }
    for (let end = path.length; end >= 0; end = path.lastIndexOf('/', end - 1)) {
      const prefix = path.slice(0, end)
      const agent = this.#prefixes.get(prefix)
      if (agent !== undefined) return { agent, path: pathFor(agent, path, prefix) }
      if (end === 0) break
    }
    return undefined
  }
}

/**
 * Under its default route `/<name>/*` an agent sees paths without its name: it does not know where it is
 * mounted. Under any other, which its manifest chose, it sees them whole.
 */
function pathFor(agent: ServedAgent, path: string, prefix: string): string {
  if (prefix !== `/${agent.name}`) return path
  return path.slice(prefix.length) || '/'
}

function taken(what: string, agent: string, other: string): MayflyError {
  return new MayflyError(
    'ERR_MANIFEST_INVALID',
    `Cannot serve agent "${agent}": ${what} is taken`,
    {
      hint: `Change "name" or "route" in the agent.json of "${agent}" or "${other}"`,
      facts: { agent, other },
    },
  )
}
