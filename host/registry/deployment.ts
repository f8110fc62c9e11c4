/**
 * The agents of one thread that serves, and the routes to them.
 *
 * At its start it serves all agents that load. A deploy names all agents to serve. An agent with the same revision is
 * kept with its warm slots. New agents are loaded before anything is swapped, so that a failure changes nothing. Agents
 * that leave finish their invocations.
 *
 * @module
 */

import { callFunction, refusalOf, type Agent } from '../../runtime/agents/index.ts'
import type { Runtime } from '../../runtime/presets/index.ts'
import { RouteTable, servedAgent } from '../app/index.ts'
import type { AssetRules, ServedAssets } from '../assets/index.ts'
import { agentUse, type CallableAgent } from '../control/index.ts'
import { MayflyError } from '../../runtime/errors/index.ts'
import { leaseNames, type CountUse } from '../../runtime/policy/index.ts'
import type { AgentCounts, AgentsToServe, AgentToServe } from './agent.ts'
import type { UseCount } from './lease-counts.ts'
import type { RecentCommands } from './commands/index.ts'
import type { MappedVersion, PackedMap } from '../source-maps/index.ts'

interface ServedVersion {
  readonly revision: string
  readonly agent: Agent
  readonly assets?: ServedAssets | undefined
}

/** Opens the kept assets of an agent. */
export type OpenAssets = (file: string, rules: AssetRules) => ServedAssets

/** Takes the source maps of the versions that are served. */
export interface MapKeeper {
  keep(version: MappedVersion, map: PackedMap | undefined): void
  drop(version: MappedVersion): void
}

/** An agent that does not load. */
export interface DeploymentRefusal {
  readonly index: number
  readonly name: string
  readonly error: unknown
}

export class Deployment {
  readonly #runtime: Runtime
  #deployed: readonly ServedVersion[] = []
  #table = new RouteTable()

  /** Requests are done in order, so that a slow load does not replace a later one. */
  #last: Promise<unknown> = Promise.resolve()
  readonly #repeatCommands: RecentCommands['repeat']
  readonly #maps: MapKeeper | undefined
  readonly #openAssets: OpenAssets | undefined

  /**
   * @param maps - for the log, which has what agents throw; none by default
   * @param openAssets - opens files of agents; without it they have none
   */
  constructor(
    runtime: Runtime,
    repeatCommands: RecentCommands['repeat'],
    maps?: MapKeeper,
    openAssets?: OpenAssets,
  ) {
    this.#runtime = runtime
    this.#repeatCommands = repeatCommands
    this.#maps = maps
    this.#openAssets = openAssets
  }

  get table(): RouteTable {
    return this.#table
  }

  /** Serves all agents that load. Returns the others, each with its error. */
  async deployEach({
    agents: bundles,
    commandsBefore,
  }: AgentsToServe): Promise<DeploymentRefusal[]> {
    const refused: DeploymentRefusal[] = []
    for (const [index, bundle] of bundles.entries()) {
      const { manifest } = bundle
      const loaded: ServedVersion[] = []
      try {
        const version = await this.#open(bundle)
        const { agent } = version
        loaded.push(version)
        this.#repeatCommands(commandsBefore, loaded)
        this.#maps?.keep(agent, bundle.sourceMap)
        const next = [...this.#deployed, ...loaded]
        this.#table = tableOf(next)
        this.#deployed = next
      } catch (error) {
        refused.push({ index, name: manifest.name, error })
        await unload(loaded)
      }
    }
    return refused
  }

  /** @throws {MayflyError} the error of the first agent that does not load */
  async deploy(message: AgentsToServe): Promise<void> {
    const deployed = this.#last.then(() => this.#deploy(message))
    this.#last = deployed.catch(() => {})
    return deployed
  }

  async #deploy({ agents: bundles, commandsBefore }: AgentsToServe): Promise<void> {
    const next: ServedVersion[] = []
    const loaded: ServedVersion[] = []
    let table: RouteTable
    try {
      for (const bundle of bundles) {
        const { revision } = bundle
        const kept = this.#deployed.find((deployed) => deployed.revision === revision)
        const deployed = kept ?? (await this.#open(bundle))
        if (kept === undefined) loaded.push(deployed)
        next.push(deployed)
      }
      table = tableOf(next)
    } catch (error) {
      await unload(loaded)
      throw error
    }
    for (const [index, { agent }] of next.entries()) {
      agent.disable(bundles[index]?.disabled)
      // Also of an agent that is kept: other lines of its source may make the same component.
      this.#maps?.keep(agent, bundles[index]?.sourceMap)
    }
    // A command is quicker than a deploy: it may have arrived before a deploy that was sent earlier.
    this.#repeatCommands(commandsBefore, next)
    const gone = this.#deployed.filter((deployed) => !next.includes(deployed))
    this.#deployed = next
    this.#table = table
    // Not awaited: an old revision may be busy until its deadline, and the new one answers already.
    void this.#end(gone)
  }

  async #end(gone: readonly ServedVersion[]): Promise<void> {
    await unload(gone)
    for (const { agent } of gone) {
      // A later deploy may have brought the same component back.
      const isServed = this.#deployed.some(
        ({ agent: { name, digest } }) => name === agent.name && digest === agent.digest,
      )
      if (!isServed) this.#maps?.drop(agent)
    }
  }

  async #open(bundle: AgentToServe): Promise<ServedVersion> {
    const assets = this.#assetsOf(bundle)
    try {
      return { revision: bundle.revision, agent: await this.#load(bundle), assets }
    } catch (error) {
      assets?.content.close()
      throw error
    }
  }

  async #load({ manifest, prepared, uses, disabled }: AgentToServe): Promise<Agent> {
    if (prepared === undefined) throw notPrepared(manifest.name)
    const countUse = countIn(uses, leaseNames(manifest.capabilities))
    const agent = await this.#runtime.adopt({ manifest, prepared, countUse })
    agent.disable(disabled)
    return agent
  }

  /** The served agents. */
  get agents(): readonly Agent[] {
    return this.#deployed.map(({ agent }) => agent)
  }

  #assetsOf({ manifest, assets }: AgentToServe): ServedAssets | undefined {
    if (assets?.file === undefined || manifest.assets === undefined) return undefined
    return this.#openAssets?.(assets.file, manifest.assets)
  }

  /** Agents, with the functions that they export. */
  get callable(): CallableAgent[] {
    return this.#deployed.map(({ agent }) => ({
      name: agent.name,
      requestBodyBytes: agent.manifest.limits.requestBodyBytes,
      deadlineMs: agent.manifest.limits.deadlineMs,
      functions: () => agent.functions(),
      call: (name, input, options) =>
        callFunction(agent, name, input, { ...options, caller: 'http' }),
      refusal: refusalOf,
    }))
  }

  counts(): AgentCounts[] {
    return this.#deployed.map(({ agent }) => {
      const { name, digest } = agent
      const { invocations, failures, abandoned, active, pauses, ...stats } = agent.stats()
      return {
        ...{ name, digest, invocations, failures, abandoned, active, pauses },
        ...agentUse(stats),
      }
    })
  }

  async close(): Promise<void> {
    const agents = this.#deployed
    this.#deployed = []
    this.#table = new RouteTable()
    await unload(agents)
  }
}

/** @throws {MayflyError} when two agents have one name or one route */
function tableOf(deployed: readonly ServedVersion[]): RouteTable {
  return new RouteTable(deployed.map(({ agent, assets }) => servedAgent(agent, assets)))
}

async function unload(deployed: readonly ServedVersion[]): Promise<void> {
  for (const { assets } of deployed) assets?.content.close()
  await Promise.all(deployed.map(({ agent }) => agent.unload()))
}

/** The main thread left out a part that it believed was here. */
function notPrepared(agent: string): MayflyError {
  return new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot load agent "${agent}": not prepared`, {
    hint: 'Deploy it again',
    facts: { agent },
  })
}

/** One count for all that serve: a lease that is used up in one place is used up in all. */
function countIn(uses: readonly UseCount[], names: readonly string[]): CountUse {
  return function countUse(rule, maxUses) {
    const count = uses[names.indexOf(rule)]
    if (count === undefined) return false
    if (Atomics.add(count, 0, 1) < maxUses) return true
    Atomics.sub(count, 0, 1)
    return false
  }
}
