/**
 * A host whose agents are built again when their inputs change: its life from the first build to the end.
 *
 * An agent whose new version does not build or load stays as it is. So does everything else: one agent's error keeps no
 * change of another from being served.
 *
 * @module
 */
import { dirname, join } from 'node:path'
import { isSameMap } from '../../source-maps/index.ts'
import {
  startServer,
  type AgentBundle,
  type BuildFailure,
  type MayflyServer,
  type ServerOptions,
} from '../../targets/node/index.ts'
import { MANIFEST_FILE, siblingsOf } from '../../toolchain/index.ts'
import { printError } from '../print-error.ts'
import { possibleManifests } from './agent-paths.ts'
import { buildFailure } from './build-failure.ts'
import { InputWatcher } from './input-watcher.ts'
import { lackedTools, selectAgents, type SelectionOptions } from './selection.ts'
import { missingToolError, type FoundTools } from './tools-of-agents.ts'
import { refreshTypesOf } from './types-of-agents.ts'
import { Workshop, type Work } from './workshop.ts'

export interface WatchedHostOptions extends SelectionOptions {
  /** Of the command, for its errors. */
  readonly verb: string
  readonly server: Omit<ServerOptions, 'agents'>
  /** Whether the types of agents are written when what they grant has changed. */
  readonly writesTypes: boolean
  /** Ends it. */
  readonly signal: AbortSignal
}

export class WatchedHost implements AsyncDisposable {
  readonly server: MayflyServer
  readonly #options: WatchedHostOptions
  readonly #workshop: Workshop
  readonly #watcher: InputWatcher
  #folders: readonly string[] = []
  #missing: FoundTools['missing'] = []
  /** What is served of each agent. */
  readonly #served = new Map<Work, AgentBundle>()
  /** Why what was built of an agent is not served. */
  readonly #refusals = new Map<Work, unknown>()
  readonly #reported = new Map<Work | string, unknown>()
  #changed = new Set<string>()
  #isBusy = false

  /** Builds and starts. Agents that do not build are served when they do. */
  static async start(options: WatchedHostOptions): Promise<WatchedHost> {
    const since = Date.now()
    const workshop = new Workshop(options.build, options.signal)
    const { folders, tools } = selectAgents(workshop, options, [])
    await workshop.build()
    const agents = workshop.works.flatMap(({ bundle }) => bundle ?? [])
    const server = await startServer({ ...options.server, agents, signal: options.signal })
    const host = new WatchedHost(options, workshop, server)
    const served = new Set(server.agents.map(({ manifest }) => manifest.name))
    // An agent that was deployed before may be the tool.
    host.#missing = lackedTools(tools, options).filter(({ tool }) => !served.has(tool))
    const [lacked] = host.#missing
    // One that does not build yet may be the tool as well.
    if (lacked !== undefined && workshop.works.every(({ error }) => error === undefined)) {
      await host[Symbol.asyncDispose]()
      throw missingToolError(lacked, options.verb)
    }
    const refused = new Map(server.refused.map(({ name, error }) => [name, error]))
    for (const work of workshop.works) {
      const error = refused.get(work.name)
      if (error !== undefined) host.#refusals.set(work, error)
      else if (work.bundle !== undefined) host.#served.set(work, work.bundle)
    }
    host.#folders = folders
    host.#settle(since)
    void workshop.warmUp()
    return host
  }

  private constructor(options: WatchedHostOptions, workshop: Workshop, server: MayflyServer) {
    this.#options = options
    this.#workshop = workshop
    this.server = server
    this.#watcher = new InputWatcher((paths) => this.#onChange(paths))
  }

  /** Ends within half a second, whatever guests and builds do. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#watcher[Symbol.dispose]()
    await this.server.close({ withinMs: CLOSE_WITHIN_MS })
  }

  #onChange(paths: ReadonlySet<string>): void {
    for (const path of paths) this.#changed.add(path)
    this.#workshop.supersede(paths)
    if (!this.#isBusy) void this.#work()
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    while (this.#changed.size > 0 && !this.#options.signal.aborted) {
      const changed = this.#changed
      this.#changed = new Set()
      try {
        await this.#round(changed)
      } catch (error) {
        if (!this.#options.signal.aborted) printError(error)
      }
    }
    this.#isBusy = false
  }

  async #round(changed: ReadonlySet<string>): Promise<void> {
    const since = Date.now()
    const startedAt = performance.now()
    const { folders, tools, gone } = selectAgents(this.#workshop, this.#options, this.#folders)
    this.#folders = folders
    const served = new Set(this.server.agents.map(({ manifest }) => manifest.name))
    this.#missing = lackedTools(tools, this.#options).filter(({ tool }) => !served.has(tool))
    await this.#workshop.build(changed)
    await this.#deploy(gone, startedAt)
    this.#settle(since)
  }

  /** Serves what was built, and no more what is gone. */
  async #deploy(gone: readonly Work[], startedAt: number): Promise<void> {
    const fresh = this.#workshop.works.filter(
      (work) =>
        work.error === undefined &&
        work.bundle !== undefined &&
        !isSame(work.bundle, this.#served.get(work)),
    )
    for (const work of this.#workshop.works) if (!fresh.includes(work)) this.#refusals.delete(work)
    const ended = gone.filter((work) => this.#served.delete(work))
    if (fresh.length === 0 && ended.length === 0) return
    const kept = new Set(this.#workshop.works.map(({ name }) => name))
    const names = ended.map(({ name }) => name).filter((name) => !kept.has(name))
    // All at once, because two may change together; one by one when one of them keeps the others.
    const failed = await this.#tryDeploy(fresh, names)
    if (failed !== undefined && fresh.length > 1)
      for (const work of fresh) await this.#tryDeploy([work], names)
    const tookMs = Math.round(performance.now() - startedAt)
    for (const work of fresh)
      if (!this.#refusals.has(work)) console.log(`${work.name}: rebuilt in ${tookMs} ms`)
    for (const name of names) console.log(`${name}: gone, and served no more`)
  }

  /** Returns why they are not served. */
  async #tryDeploy(fresh: readonly Work[], ended: readonly string[]): Promise<unknown> {
    const next = new Map(this.#served)
    for (const work of fresh) if (work.bundle !== undefined) next.set(work, work.bundle)
    const own = new Set([...ended, ...this.#workshop.works.map(({ name }) => name)])
    for (const { manifest } of this.#served.values()) own.add(manifest.name)
    // Those that were deployed meanwhile, or before.
    const others = this.server.agents.filter(({ manifest }) => !own.has(manifest.name))
    try {
      await this.server.deploy([...others, ...next.values()])
    } catch (error) {
      for (const work of fresh) this.#refusals.set(work, error)
      return error
    }
    for (const work of fresh) {
      if (work.bundle !== undefined) this.#served.set(work, work.bundle)
      this.#refusals.delete(work)
    }
    return undefined
  }

  /** Says what failed, and watches for the next change. */
  #settle(since: number): void {
    for (const work of this.#workshop.works) this.#report(work, this.#errorOf(work))
    for (const missing of this.#missing) {
      const error = missingToolError(missing, this.#options.verb)
      this.#report(`${missing.agent} ${missing.tool}`, error)
    }
    this.server.showBuilds(this.#failures())
    const { works, inputs } = this.#workshop
    const paths = works.map(({ path }) => path)
    if (this.#options.writesTypes) refreshTypesOf(paths, this.#options.build.root)
    const parents = this.#missing.length === 0 ? [] : paths.map(siblingsOf)
    this.#watcher.watch({
      since,
      inputs: [
        ...inputs,
        ...this.#folders.flatMap(possibleManifests),
        ...parents.flat().map((sibling) => join(sibling, MANIFEST_FILE)),
      ],
      listings: [...this.#folders, ...this.#folders.map((folder) => dirname(folder))],
    })
  }

  #report(subject: Work | string, error: unknown): void {
    const text = error === undefined ? undefined : String(error)
    if (this.#reported.get(subject) === text) return
    this.#reported.set(subject, text)
    if (error === undefined) return
    printError(error)
    if (typeof subject === 'string') return
    console.error(
      this.#served.has(subject)
        ? 'Still serving what was built before'
        : `Not serving ${subject.path} until that is mended`,
    )
  }

  #failures(): BuildFailure[] {
    return this.#workshop.works.flatMap((work) => {
      const error = this.#errorOf(work)
      const served = this.#served.get(work)
      if (error === undefined) return []
      return [buildFailure(error, served?.manifest.name ?? work.name, served !== undefined)]
    })
  }

  #errorOf(work: Work): unknown {
    return work.error ?? this.#refusals.get(work)
  }
}

// A person who ends it waits for a second at most.
const CLOSE_WITHIN_MS = 500

/** A comment that is new changes the lines of the source, and nothing else. */
function isSame(one: AgentBundle, other: AgentBundle | undefined): boolean {
  return one.revision === other?.revision && isSameMap(one.sourceMap, other.sourceMap)
}
