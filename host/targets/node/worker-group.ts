/**
 * The workers of a host: starts them, replaces workers that end or hang, and hands each its agents.
 *
 * The watchdog is the last resort. It ends a worker that has been silent past the deadline of its running guest, which
 * the worker keeps in shared memory; the deadlines of other guests do not count. Requests of such a worker break off: its
 * connections end with it.
 *
 * Longer than other files: the list of workers and the agents they serve change in one place.
 *
 * @module
 */

import { MayflyError } from '../../../runtime/errors/index.ts'
import type { WorkerSummary } from '../../control/index.ts'
import type { Logger } from './logger.ts'
import {
  withChanges,
  withStates,
  type AgentCounts,
  type Command,
  type CommandBus,
  type CommandOutcome,
  type HostedAgent,
  type RefusedAgent,
} from '../../registry/index.ts'
import type { ScheduleKey } from '../../triggers/schedule/index.ts'
import type { ControlRequest, ControlResponse, WarmUp, WorkerConfiguration } from './protocol.ts'
import { LOOK_MS } from './pulse.ts'
import { WorkerHandle, type Notice, type WorkerHandleOptions } from './worker-handle.ts'

export interface WorkerGroupOptions {
  readonly size: number
  readonly configuration: Omit<WorkerConfiguration, 'pulse' | 'commands' | 'writer'>
  /** A worker serves, and writes records under this name. */
  readonly onReady: (writer: string) => void
  /** All workers serve what was deployed. */
  readonly onDeployed?: () => void
  /** Other agents are served, or one was disabled or enabled. */
  readonly onAgents?: () => void
  readonly control: WorkerHandleOptions['control']
  readonly findToken: WorkerHandleOptions['findToken']
  readonly onTail: WorkerHandleOptions['onTail']
  readonly logger: Logger
}

// Ended at the latest, a silent worker is gone within a second of the command. It is a thousand slices of fuel.
const COMMAND_TIMEOUT_MS = 600
// A worker that is busy with itself for this long is useless to its clients.
const PATIENCE_MS = 10_000
// A check of health must hear of a worker before its clients give up.
const ANSWERS_WITHIN_MS = 1_000
const STATS_TIMEOUT_MS = 1_000
// Taking over a loaded agent takes milliseconds; a worker whose guest computes does it later.
const DEPLOY_TIMEOUT_MS = 5_000
// Where guests are isolated, the process of the group rewrites and compiles the component again.
const ISOLATED_DEPLOY_TIMEOUT_MS = 75_000
// A worker that ends sooner than this after its start will do so again: not to be replaced in a tight loop.
const MIN_LIFE_MS = 1_000
// A worker that serves less than the others tries again: memory that was short may be free by then.
const TRY_AGAIN_MS = 2_000
// Time for a client to read its answer, out of the five seconds that a host has to end after the last deadline.
const READING_MS = 4_000

export class WorkerGroup implements CommandBus {
  readonly size: number
  readonly #options: WorkerGroupOptions
  readonly #all = new Set<WorkerHandle>()
  /** Workers that accept connections, with the agents each serves. */
  readonly #ready = new Map<WorkerHandle, readonly HostedAgent[]>()
  readonly #first: readonly WorkerHandle[]
  #agents: readonly HostedAgent[] = []
  #spawned = 0
  #warmUp: WarmUp | undefined
  readonly #notices = new Map<Notice['kind'], Notice>()
  #tryingAgain: NodeJS.Timeout | undefined
  readonly #watch: NodeJS.Timeout
  #closing = false

  /** Starts the threads. They serve nothing before `start`. */
  constructor(options: WorkerGroupOptions) {
    this.#options = options
    this.size = options.size
    this.#watch = setInterval(() => this.#look(), LOOK_MS)
    this.#first = Array.from({ length: this.size }, () => this.#spawn())
  }

  /** The served agents. */
  get agents(): readonly HostedAgent[] {
    return this.#agents
  }

  /** How many accept connections and answer. */
  get ready(): number {
    return [...this.#ready.keys()].filter((worker) => worker.silentMs() < ANSWERS_WITHIN_MS).length
  }

  /**
   * Serves `agents`. Returns the agents that no worker can take over; the others are served.
   *
   * @throws {MayflyError} with the reason why the first worker cannot start; none is left running then
   */
  async start(agents: readonly HostedAgent[]): Promise<readonly RefusedAgent[]> {
    const starting = this.#first.map((worker) => this.#begin(worker, agents))
    try {
      const refused = distinct((await Promise.all(starting)).flat())
      const indices = new Set(refused.map(({ index }) => index))
      this.#agents = agents.filter((_, index) => !indices.has(index))
      // One worker may have loaded an agent that another refused, but all must serve the same.
      if (refused.length > 0) await this.deploy(this.#agents)
      return refused
    } catch (error) {
      await this.terminate()
      throw error
    }
  }

  /** @throws {MayflyError} the error of the first agent that does not load; nothing has changed then */
  async deploy(given: readonly HostedAgent[]): Promise<void> {
    const before = this.#agents
    const wanted = withStates(given, before)
    const results = await this.#deployToAll(wanted)
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) {
      // All or none: workers that could load it go back to the agents that the others still serve.
      await this.#deployToAll(this.#agents)
      throw failed.reason
    }
    const next = withChanges(wanted, before, this.#agents)
    this.#agents = next
    // Workers may have started meanwhile, with older versions of agents that a command has changed.
    await this.#deployToAll(next)
    this.#options.onDeployed?.()
    this.#options.onAgents?.()
  }

  /**
   * Carries `command` out on every worker, also on workers that start from now on; `agents` are served then. If guests must
   * stop or stay away, a worker that does not react is ended.
   */
  async send(
    command: Command,
    agents: readonly HostedAgent[] = this.#agents,
  ): Promise<CommandOutcome> {
    this.#agents = agents
    this.#options.onAgents?.()
    const startedAt = performance.now()
    const outcome = { workers: 0, silent: 0, terminated: 0, stopped: 0 }
    // Starting workers take no requests yet; the agents they load were asked for before this command.
    for (const worker of this.#all)
      if (!this.#ready.has(worker)) void worker.send(command, COMMAND_TIMEOUT_MS)
    const isStopping = command.kind === 'kill' || (command.kind === 'disable' && command.disabled)
    await Promise.all(
      [...this.#ready.keys()].map(async (worker) => {
        const stopped = await worker.send(command, COMMAND_TIMEOUT_MS)
        if (stopped !== undefined) {
          outcome.workers++
          outcome.stopped += stopped
        } else if (isStopping && worker.silentMs() > COMMAND_TIMEOUT_MS / 2) {
          this.#options.logger.error(
            { event: 'worker', command: command.kind, agent: command.agent },
            'Worker does not carry out a command: ending it',
          )
          await worker.terminate()
          outcome.terminated++
        } else outcome.silent++
      }),
    )
    return { ...outcome, tookMs: performance.now() - startedAt }
  }

  /** Has every worker ask an agent of the host's own for a while: those that serve now, and each later one. */
  warmUp(agent: WarmUp): void {
    this.#warmUp = agent
    for (const worker of this.#ready.keys()) worker.warmUp(agent)
  }

  /** Passes `notice` on to every worker: those that run now, and each later one. */
  tell(notice: Notice): void {
    this.#notices.set(notice.kind, notice)
    for (const worker of this.#all) worker.tell(notice)
  }

  /**
   * Has one worker call an agent for the run of a schedule: the one that has answered last.
   *
   * @throws {MayflyError} the reason why the run has failed
   */
  async runSchedule(key: ScheduleKey, time: number): Promise<void> {
    const worker = this.#liveliest()
    if (worker === undefined)
      throw new MayflyError('ERR_HOST_UNAVAILABLE', 'Cannot run the schedule: no worker is ready')
    return worker.runSchedule(key, time)
  }

  /** Each worker that runs. */
  workers(): WorkerSummary[] {
    return [...this.#all].map((worker) => {
      const silentMs = Math.round(worker.silentMs())
      const isBusy = silentMs >= ANSWERS_WITHIN_MS
      const state = this.#ready.has(worker) ? (isBusy ? 'busy' : 'ready') : 'starting'
      return { name: worker.name, state, silentMs, load: worker.load() }
    })
  }

  /** Returns the counts of all workers. A worker that does not answer in time is left out. */
  async counts(): Promise<AgentCounts[]> {
    const answers = [...this.#ready.keys()].map((worker) => worker.counts(STATS_TIMEOUT_MS))
    return (await Promise.all(answers)).flat()
  }

  /**
   * Has the worker that answers soonest answer a request of this user for the exported functions. Returns nothing when none
   * does.
   */
  async functions(
    request: ControlRequest,
    signal: AbortSignal,
  ): Promise<ControlResponse | undefined> {
    return this.#liveliest()?.functions(request, signal)
  }

  /**
   * Lets every worker answer the requests it has accepted, for as long as they may last and a client may read, then ends
   * it.
   *
   * @param withinMs - after which all are ended, also in the middle of their work
   */
  async close(withinMs: number = Infinity): Promise<void> {
    this.#closing = true
    const startedAt = performance.now()
    const bound = Number.isFinite(withinMs)
      ? setTimeout(() => void this.terminate(), withinMs)
      : undefined
    for (const worker of this.#all) if (!this.#ready.has(worker)) void worker.terminate()
    const left = await Promise.all([...this.#all].map((worker) => worker.close()))
    const waitedMs = performance.now() - startedAt
    const timer = setTimeout(
      () => void this.terminate(),
      Math.max(0, Math.max(0, ...left) + READING_MS - waitedMs),
    )
    await Promise.all([...this.#all].map(({ exit }) => exit))
    clearTimeout(timer)
    clearTimeout(bound)
    clearTimeout(this.#tryingAgain)
    clearInterval(this.#watch)
  }

  /** Ends every worker at once, in the middle of its work. */
  async terminate(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#tryingAgain)
    clearInterval(this.#watch)
    await Promise.all([...this.#all].map((worker) => worker.terminate()))
  }

  /** The one that has answered last; nothing when none is ready. */
  #liveliest(): WorkerHandle | undefined {
    const [worker] = [...this.#ready.keys()].toSorted((a, b) => a.silentMs() - b.silentMs())
    return worker
  }

  #deployToAll(agents: readonly HostedAgent[]): Promise<PromiseSettledResult<void>[]> {
    const others = [...this.#ready].filter(([, served]) => served !== agents)
    return Promise.allSettled(others.map(([worker]) => this.#deployTo(worker, agents)))
  }

  async #deployTo(worker: WorkerHandle, agents: readonly HostedAgent[]): Promise<void> {
    const { isolation } = this.#options.configuration
    const timeoutMs = isolation === undefined ? DEPLOY_TIMEOUT_MS : ISOLATED_DEPLOY_TIMEOUT_MS
    const before = this.#ready.get(worker)
    await worker.deploy(agents, timeoutMs, (error: MayflyError) => {
      const { message } = error
      this.#options.logger.error({ event: 'worker', error: message }, 'Worker serves what it did')
      if (before === undefined || this.#ready.get(worker) !== agents) return
      this.#ready.set(worker, before)
      this.#tryAgain()
    })
    if (this.#ready.has(worker)) this.#ready.set(worker, agents)
  }

  #spawn(): WorkerHandle {
    const { configuration, control, findToken, onTail, logger } = this.#options
    const spawnedAt = performance.now()
    const writer = `worker-${++this.#spawned}`
    const worker: WorkerHandle = new WorkerHandle({
      configuration: { ...configuration, writer },
      control,
      findToken,
      onTail,
      onExit: (ended, reason) => {
        this.#all.delete(ended)
        // One that was never ready failed to start: the caller of `start` knows.
        if (!this.#ready.delete(ended) || this.#closing) return
        logger.error({ event: 'worker', reason }, 'Worker ended: starting another')
        const wait = Math.max(0, MIN_LIFE_MS - (performance.now() - spawnedAt))
        setTimeout(() => this.#replace(), wait)
      },
    })
    this.#all.add(worker)
    for (const notice of this.#notices.values()) worker.tell(notice)
    void worker.ready.then(() => this.#options.onReady(writer)).catch(() => {})
    return worker
  }

  /** Makes `worker` serve `agents`, or the agents that have replaced them when it is ready. */
  async #begin(
    worker: WorkerHandle,
    agents: readonly HostedAgent[],
  ): Promise<readonly RefusedAgent[]> {
    const before = this.#agents
    worker.start(agents)
    const refused = await worker.ready
    const indices = new Set(refused.map(({ index }) => index))
    const isWhole = refused.length === 0
    this.#ready.set(worker, isWhole ? agents : agents.filter((_, index) => !indices.has(index)))
    if (this.#warmUp !== undefined) worker.warmUp(this.#warmUp)
    if (this.#agents !== before) await this.#deployTo(worker, this.#agents)
    return refused
  }

  #replace(): void {
    if (this.#closing) return
    const worker = this.#spawn()
    const agents = this.#agents
    const begun = this.#begin(worker, agents).then((refused) => {
      for (const { index, error } of refused) {
        const fields = {
          event: 'worker',
          agent: agents[index]?.manifest.name,
          error: error.message,
        }
        this.#options.logger.error(fields, 'Worker serves without an agent that others serve')
      }
      if (refused.length > 0) this.#tryAgain()
    })
    begun.catch((error: unknown) => {
      if (this.#closing) return
      this.#options.logger.error({ event: 'worker', error: String(error) }, 'Worker cannot serve')
      void worker.terminate()
      if (!this.#ready.has(worker)) setTimeout(() => this.#replace(), MIN_LIFE_MS)
    })
  }

  /** After a while, hands workers that serve something else what all must serve. */
  #tryAgain(): void {
    if (this.#tryingAgain !== undefined || this.#closing) return
    this.#tryingAgain = setTimeout(async () => {
      this.#tryingAgain = undefined
      const results = await this.#deployToAll(this.#agents)
      if (results.some(({ status }) => status === 'rejected')) this.#tryAgain()
    }, TRY_AGAIN_MS)
  }

  #look(): void {
    for (const worker of this.#all) {
      if (!worker.isOverdue(PATIENCE_MS)) continue
      this.#options.logger.error(
        { event: 'watchdog', silentMs: Math.round(worker.silentMs()) },
        'Worker hangs: what it runs goes on after its deadline; ending the worker',
      )
      void worker.terminate()
    }
  }
}

/** One of each agent: every worker refuses the same for the same reason. */
function distinct(refused: readonly RefusedAgent[]): RefusedAgent[] {
  return [...new Map(refused.toReversed().map((each) => [each.index, each])).values()].toReversed()
}
