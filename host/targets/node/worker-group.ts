/**
 * The workers of a host: starts them, replaces those that end or hang, and hands each what it is to serve.
 *
 * The watchdog is the last resort: an agent that runs on after its deadline, unmetered or past a bug of
 * ours, holds its thread and everyone whose connection that thread accepted. What such a worker had in
 * hand breaks off: its connections are its own and end with it.
 *
 * @module
 */

import type { Logger } from './logger.ts'
import type { Order } from './orders.ts'
import type { AgentCounts, HostedAgent, WorkerConfiguration } from './protocol.ts'
import { WorkerHandle, type RefusedAgent, type WorkerHandleOptions } from './worker-handle.ts'

export interface WorkerGroupOptions {
  readonly size: number
  readonly configuration: Omit<WorkerConfiguration, 'heartbeat' | 'orders' | 'agents' | 'writer'>
  readonly agents: readonly HostedAgent[]
  /** A worker serves, and writes records under this name. */
  readonly onReady: (writer: string) => void
  readonly control: WorkerHandleOptions['control']
  readonly logger: Logger
}

/** What came of an order. */
export interface OrderOutcome {
  /** How many carried it out. */
  readonly workers: number
  /** How many have not yet: they will when what they are busy with comes by the host. */
  readonly silent: number
  /** How many had to be ended. */
  readonly terminated: number
  /** Invocations that were stopped. */
  readonly stopped: number
  /** Until the last worker had carried it out. */
  readonly tookMs: number
}

// A hundred slices of fuel.
const ORDER_TIMEOUT_MS = 1_000
// A worker that is free answers in one; an agent that counts no fuel may never answer.
const UNMETERED_PATIENCE_MS = 50
const WATCH_INTERVAL_MS = 250
// A garbage collection of a large heap on a loaded machine stays below this.
const WATCHDOG_MARGIN_MS = 2_000
const STATS_TIMEOUT_MS = 1_000
// A worker that ends sooner than this after its start will do so again: not to be replaced in a tight loop.
const MIN_LIFE_MS = 1_000

export class WorkerGroup {
  readonly size: number
  readonly #options: WorkerGroupOptions
  readonly #all = new Set<WorkerHandle>()
  readonly #ready = new Set<WorkerHandle>()
  #agents: readonly HostedAgent[]
  #spawned = 0
  #watch: NodeJS.Timeout | undefined
  #closing = false

  constructor(options: WorkerGroupOptions) {
    this.#options = options
    this.#agents = options.agents
    this.size = options.size
  }

  get agents(): readonly HostedAgent[] {
    return this.#agents
  }

  /** How many accept connections. */
  get ready(): number {
    return this.#ready.size
  }

  /**
   * Returns the agents that do not load; the others are served.
   *
   * @throws {MayflyError} why the first worker that cannot start cannot; none is left running then
   */
  async start(): Promise<readonly RefusedAgent[]> {
    const starting = Array.from({ length: this.size }, () => this.#spawn().ready)
    try {
      const refused = distinct((await Promise.all(starting)).flat())
      const indices = new Set(refused.map(({ index }) => index))
      const loaded = this.#agents.filter((_, index) => !indices.has(index))
      // What one worker refused, another may have loaded: all are to serve the same.
      if (refused.length > 0) await this.deploy(loaded)
      this.#watch = setInterval(() => this.#check(), WATCH_INTERVAL_MS)
      return refused
    } catch (error) {
      await this.#end((worker) => worker.terminate())
      throw error
    }
  }

  /** @throws {MayflyError} what the first agent that does not load lacks; nothing has changed then */
  async deploy(agents: readonly HostedAgent[]): Promise<void> {
    const before = this.#agents
    this.#agents = agents
    const results = await this.#deployToAll(agents)
    const failed = results.find((result) => result.status === 'rejected')
    if (failed === undefined) return
    // What was narrowed or disabled meanwhile stays so.
    const now = this.#agents
    this.#agents = before.map(
      (agent) => now.find(({ revision }) => revision.startsWith(agent.revision)) ?? agent,
    )
    // All or none: those that could load it go back to what the others still serve.
    await this.#deployToAll(this.#agents)
    throw failed.reason
  }

  /**
   * Has `order` carried out by every worker, and by those that are started from now on: `agents` are then
   * what is served.
   */
  async give(order: Order, agents: readonly HostedAgent[] = this.#agents): Promise<OrderOutcome> {
    this.#agents = agents
    const startedAt = performance.now()
    const outcome = { workers: 0, silent: 0, terminated: 0, stopped: 0 }
    const unmetered = agents.some(
      ({ manifest }) => manifest.name === order.agent && manifest.limits.metering === 'watchdog',
    )
    const patienceMs = unmetered ? UNMETERED_PATIENCE_MS : ORDER_TIMEOUT_MS
    await Promise.all(
      [...this.#all].map(async (worker) => {
        const stopped = await worker.give(order, patienceMs)
        if (stopped !== undefined) {
          outcome.workers++
          outcome.stopped += stopped
        } else if (order.kind === 'kill' && unmetered) {
          // It looks at no orders while it computes: only its thread can be stopped.
          await worker.terminate()
          outcome.terminated++
        } else outcome.silent++
      }),
    )
    return { ...outcome, tookMs: performance.now() - startedAt }
  }

  /** What all workers counted. One that does not answer in time is left out. */
  async counts(): Promise<AgentCounts[]> {
    const answers = [...this.#ready].map((worker) => worker.counts(STATS_TIMEOUT_MS))
    return (await Promise.all(answers)).flat()
  }

  /** Lets every worker answer what it has accepted, then ends it. */
  close(): Promise<void> {
    return this.#end(async (worker) => {
      // A client that does not read on must not hold the host forever.
      const timer = setTimeout(() => void worker.terminate(), this.#longestMs())
      await worker.close()
      clearTimeout(timer)
    })
  }

  async #end(end: (worker: WorkerHandle) => Promise<void>): Promise<void> {
    this.#closing = true
    clearInterval(this.#watch)
    await Promise.all([...this.#all].map(end))
  }

  #deployToAll(agents: readonly HostedAgent[]): Promise<PromiseSettledResult<void>[]> {
    return Promise.allSettled([...this.#ready].map((worker) => worker.deploy(agents)))
  }

  #spawn(): WorkerHandle {
    const { configuration, control, logger } = this.#options
    const spawnedAt = performance.now()
    const agents = this.#agents
    const writer = `worker-${++this.#spawned}`
    const worker: WorkerHandle = new WorkerHandle({
      configuration: { ...configuration, agents, writer },
      control,
      onExit: (ended, reason) => {
        this.#all.delete(ended)
        // One that was never ready failed to start: whoever started it knows.
        if (!this.#ready.delete(ended) || this.#closing) return
        logger.error({ event: 'worker', reason }, 'Worker ended: starting another')
        const wait = Math.max(0, MIN_LIFE_MS - (performance.now() - spawnedAt))
        setTimeout(() => this.#replace(), wait)
      },
    })
    this.#all.add(worker)
    worker.ready
      .then(async () => {
        this.#ready.add(worker)
        this.#options.onReady(writer)
        // Deployed while it started: it has what was served before.
        if (agents !== this.#agents) await worker.deploy(this.#agents)
      })
      .catch((error: unknown) => {
        logger.error({ event: 'worker', error: String(error) }, 'Worker cannot serve')
      })
    return worker
  }

  #replace(): void {
    if (this.#closing) return
    const worker = this.#spawn()
    worker.ready.catch(() => {
      void worker.terminate()
      setTimeout(() => this.#replace(), MIN_LIFE_MS)
    })
  }

  #check(): void {
    const longestMs = this.#longestMs()
    for (const worker of this.#ready) {
      const silentMs = worker.silentMs()
      if (silentMs <= longestMs) continue
      this.#options.logger.error(
        { event: 'watchdog', silentMs: Math.round(silentMs) },
        'Worker hangs: an agent runs on after its deadline; terminating the worker',
      )
      void worker.terminate()
    }
  }

  /** How long a worker may be busy with one request: after that nothing it does can be right. */
  #longestMs(): number {
    const deadlines = this.#agents.map(({ manifest }) => manifest.limits.deadlineMs)
    return Math.max(0, ...deadlines) + WATCHDOG_MARGIN_MS
  }
}

/** One of each agent: every worker refuses the same for the same reason. */
function distinct(refused: readonly RefusedAgent[]): RefusedAgent[] {
  return [...new Map(refused.toReversed().map((each) => [each.index, each])).values()].toReversed()
}
