/**
 * A Mayfly host on Node: worker threads that serve, and this thread, which watches over them.
 *
 * This thread runs no guest code, so nothing a guest does can keep it from replacing a worker that hangs.
 * What such a worker had in hand breaks off: its connections are its own and end with it.
 *
 * @module
 */

import { availableParallelism } from 'node:os'
import { createControl, type AgentSummary, type HostHealth } from '../../control/index.ts'
import type { Logger } from './logger.ts'
import { createLogger } from './logger.ts'
import { checkDirectory, checkPlatform, checkPort } from './preflight.ts'
import type {
  AgentBundle,
  ControlRequest,
  ControlResponse,
  LogThreshold,
  WorkerConfiguration,
} from './protocol.ts'
import { WorkerHandle } from './worker-handle.ts'

export interface ServerOptions {
  agents: readonly AgentBundle[]
  /** @default '127.0.0.1' */
  host?: string
  /** @default 8787 */
  port?: number
  /**
   * Threads that serve requests. Where the system does not spread connections over sockets (macOS,
   * Windows) there is one, whatever is asked for.
   *
   * @default one a core
   */
  workers?: number
  /**
   * Where SQLite files are.
   *
   * @default none: stores are gone with the process, and each worker has its own
   */
  dataDirectory?: string
  /** @default 'info' */
  logLevel?: LogThreshold
}

export interface MayflyServer {
  readonly url: string
  /**
   * Makes `agents` the ones that are served. What each worker serves changes at once.
   *
   * @throws {MayflyError} what the first that does not load lacks; nothing has changed then
   */
  deploy(agents: readonly AgentBundle[]): Promise<void>
  /** Answers what has arrived, then ends all threads. */
  close(): Promise<void>
}

// https://nodejs.org/api/net.html#serverlistenoptions-callback, reusePort
const SHARED_PORT_PLATFORMS: ReadonlySet<string> = new Set(['linux', 'freebsd', 'sunos', 'aix'])
const WATCH_INTERVAL_MS = 250
// A garbage collection of a large heap on a loaded machine stays below this.
const WATCHDOG_MARGIN_MS = 2_000
const STATS_TIMEOUT_MS = 1_000
// A worker that ends sooner than this after its start will do so again: not to be replaced in a tight loop.
const MIN_LIFE_MS = 1_000

/** @throws {MayflyError} ERR_HOST_UNAVAILABLE, and what an agent that does not load throws */
export async function startServer({
  agents,
  host = '127.0.0.1',
  port = 8787,
  workers = availableParallelism(),
  dataDirectory,
  logLevel = 'info',
}: ServerOptions): Promise<MayflyServer> {
  checkPlatform()
  if (dataDirectory !== undefined) checkDirectory(dataDirectory)
  const bound = await checkPort(host, port)
  const reusePort = SHARED_PORT_PLATFORMS.has(process.platform)
  const server = new NodeServer(reusePort ? workers : 1, {
    host,
    port: bound,
    reusePort,
    logLevel,
    agents,
    ...(dataDirectory === undefined ? {} : { dataDirectory }),
  })
  await server.start()
  return server
}

class NodeServer implements MayflyServer {
  readonly url: string
  readonly #configuration: Omit<WorkerConfiguration, 'heartbeat' | 'agents'>
  readonly #logger: Logger
  readonly #wanted: number
  readonly #startedAt: number = performance.now()
  readonly #control = createControl({
    health: () => this.#health(),
    agents: () => this.#summaries(),
  })
  readonly #workers = new Set<WorkerHandle>()
  readonly #ready = new Set<WorkerHandle>()
  #agents: readonly AgentBundle[]
  #watch: NodeJS.Timeout | undefined
  #closing = false

  constructor(
    wanted: number,
    { agents, ...configuration }: Omit<WorkerConfiguration, 'heartbeat'>,
  ) {
    this.#wanted = wanted
    this.#agents = agents
    this.#configuration = configuration
    this.#logger = createLogger(configuration.logLevel)
    const { host, port } = configuration
    this.url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  }

  async start(): Promise<void> {
    const starting = Array.from({ length: this.#wanted }, () => this.#spawn().ready)
    try {
      await Promise.all(starting)
    } catch (error) {
      await this.#end((worker) => worker.terminate())
      throw error
    }
    this.#watch = setInterval(() => this.#check(), WATCH_INTERVAL_MS)
  }

  async deploy(agents: readonly AgentBundle[]): Promise<void> {
    const before = this.#agents
    this.#agents = agents
    const results = await Promise.allSettled(
      [...this.#ready].map((worker) => worker.deploy(agents)),
    )
    const failed = results.find((result) => result.status === 'rejected')
    if (failed === undefined) return
    this.#agents = before
    // All or none: those that could load it go back to what the others still serve.
    await Promise.allSettled([...this.#ready].map((worker) => worker.deploy(before)))
    throw failed.reason
  }

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
    await Promise.all([...this.#workers].map(end))
  }

  #spawn(): WorkerHandle {
    const spawnedAt = performance.now()
    const agents = this.#agents
    const worker: WorkerHandle = new WorkerHandle({
      configuration: { ...this.#configuration, agents },
      control: (request) => this.#answer(request),
      onExit: (ended, reason) => {
        const wasReady = this.#ready.delete(ended)
        this.#workers.delete(ended)
        if (this.#closing || !wasReady) return
        this.#logger.error({ event: 'worker', reason }, 'Worker ended: starting another')
        const wait = Math.max(0, MIN_LIFE_MS - (performance.now() - spawnedAt))
        setTimeout(() => this.#replace(), wait)
      },
    })
    this.#workers.add(worker)
    void worker.ready.then(
      async () => {
        this.#ready.add(worker)
        // Deployed while it started: it has what was served before.
        if (agents !== this.#agents) await worker.deploy(this.#agents)
      },
      () => {},
    )
    return worker
  }

  #replace(): void {
    if (this.#closing) return
    const worker = this.#spawn()
    worker.ready.catch((error: unknown) => {
      this.#logger.error({ event: 'worker', error: String(error) }, 'Worker did not start')
      void worker.terminate()
      setTimeout(() => this.#replace(), MIN_LIFE_MS)
    })
  }

  #check(): void {
    const longestMs = this.#longestMs()
    for (const worker of this.#ready) {
      const silentMs = worker.silentMs()
      if (silentMs <= longestMs) continue
      this.#logger.error(
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

  #health(): HostHealth {
    const ready = this.#ready.size
    return {
      status: ready === this.#wanted ? 'ok' : 'degraded',
      agents: this.#agents.length,
      workers: { ready, wanted: this.#wanted },
      uptimeSeconds: Math.round((performance.now() - this.#startedAt) / 1000),
    }
  }

  async #summaries(): Promise<AgentSummary[]> {
    const perWorker = await Promise.all(
      [...this.#ready].map((worker) => worker.counts(STATS_TIMEOUT_MS)),
    )
    return this.#agents.map(({ manifest, component }) => {
      const counts = perWorker.flat().filter(({ name }) => name === manifest.name)
      const sum = (key: 'invocations' | 'failures' | 'active'): number =>
        counts.reduce((total, count) => total + count[key], 0)
      return {
        name: manifest.name,
        route: manifest.route,
        digest: counts[0]?.digest ?? '',
        componentBytes: component.byteLength,
        capabilities: Object.entries(manifest.capabilities)
          .filter(([, grant]) => grant !== false)
          .map(([name]) => name),
        invocations: sum('invocations'),
        failures: sum('failures'),
        active: sum('active'),
      }
    })
  }

  async #answer({ method, url, headers, body }: ControlRequest): Promise<ControlResponse> {
    const request = new Request(url, { method, headers, ...(body === undefined ? {} : { body }) })
    const response = await this.#control.fetch(request)
    return {
      status: response.status,
      headers: [...response.headers],
      body: new Uint8Array(await response.arrayBuffer()),
    }
  }
}
