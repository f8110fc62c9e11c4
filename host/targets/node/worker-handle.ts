/**
 * One worker thread, as the main thread sees it.
 *
 * @module
 */

import type { EventLoopUtilization } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { MayflyError, type EncodedMayflyError } from '../../../runtime/errors/index.ts'
import type { FoundToken, TailEvent } from '../../control/index.ts'
import type {
  AgentCounts,
  AgentToServe,
  Command,
  HostedAgent,
  RefusedAgent,
} from '../../registry/index.ts'
import type { ScheduleKey } from '../../triggers/schedule/index.ts'
import { CommandSender } from './command-channel.ts'
import { Pulse } from './pulse.ts'
import type {
  ControlRequest,
  ControlResponse,
  EncodedRefusal,
  ToMain,
  ToWorker,
  WarmUp,
  WorkerConfiguration,
} from './protocol.ts'
import { WorkerRevisions } from './worker-revisions.ts'

export interface WorkerHandleOptions {
  readonly configuration: Omit<WorkerConfiguration, 'pulse' | 'commands'>
  readonly control: (request: ControlRequest) => Promise<ControlResponse>
  readonly findToken: (text: string) => FoundToken | undefined
  readonly onTail: (events: readonly TailEvent[], lost: number) => void
  /** Called when the thread has ended, for any reason. */
  readonly onExit: (handle: WorkerHandle, reason: string) => void
}

/** A message that needs no answer, and of which the last of each kind holds. */
export type Notice = Extract<ToWorker, { kind: 'builds' | 'log-level' | 'tls' }>

// TypeScript in a checkout; compiled JavaScript in a published package.
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js',
  import.meta.url,
)

// Asked on the way out: a worker that serves answers in one turn of its event loop.
const CLOSING_MS = 1_000

export class WorkerHandle {
  /** Resolves with the agents it refused to load, once it accepts connections. Rejects when it cannot start. */
  readonly ready: Promise<readonly RefusedAgent[]>
  /** As its records have it. */
  readonly name: string
  readonly #thread: Worker
  readonly #commands = new CommandSender()
  readonly #pulse = new Pulse()
  readonly #control: WorkerHandleOptions['control']
  readonly #findToken: WorkerHandleOptions['findToken']
  readonly #onTail: WorkerHandleOptions['onTail']
  readonly #calls = new Map<number, (answer: ToMain | undefined) => void>()
  #lastCall = 0
  #lastUse: EventLoopUtilization
  #lastCounts: readonly AgentCounts[] = []
  readonly #revisions = new WorkerRevisions()
  #started: readonly HostedAgent[] = []
  #exited = false
  readonly #exit: Promise<void>
  #onClosing: ((leftMs: number) => void) | undefined

  constructor({ configuration, control, findToken, onTail, onExit }: WorkerHandleOptions) {
    this.name = configuration.writer
    this.#control = control
    this.#findToken = findToken
    this.#onTail = onTail
    this.#thread = new Worker(ENTRY, {
      workerData: { ...configuration, pulse: this.#pulse.line, commands: this.#commands.channel },
      transferList: [...this.#commands.transfer],
    })
    this.#lastUse = this.#thread.performance.eventLoopUtilization()
    let reason = 'ended by itself'
    this.#thread.on(
      'error',
      (error) => (reason = error instanceof Error ? error.message : String(error)),
    )
    this.#exit = new Promise((resolve) => {
      this.#thread.once('exit', () => {
        this.#exited = true
        for (const settle of this.#calls.values()) settle(undefined)
        this.#calls.clear()
        this.#commands.close()
        onExit(this, reason)
        resolve()
      })
    })
    this.ready = new Promise((resolve, reject) => {
      this.#thread.on('message', (message: ToMain) => {
        if (message.kind === 'ready') {
          const refused = new Set(message.refused.map(({ index }) => index))
          const served = this.#started.filter((_, index) => !refused.has(index))
          this.#revisions.start(revisionsOf(served))
          this.#started = []
          resolve(message.refused.map(decode))
        } else if (message.kind === 'failed') reject(MayflyError.decode(message.error))
        else if (message.kind === 'closing') this.#onClosing?.(message.leftMs)
        else this.#receive(message)
      })
      void this.#exit.then(() =>
        reject(new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot start worker: ${reason}`)),
      )
    })
    // A caller that waits sees the rejection; for a worker that is replaced later, none waits.
    this.ready.catch(() => {})
  }

  /** Loads `agents`, then accepts connections: `ready` tells. */
  start(agents: readonly HostedAgent[]): void {
    this.#started = agents
    this.#send({
      kind: 'start',
      commandsBefore: this.#commands.sent,
      agents: agents.map(forWorker),
    })
  }

  /** Has it ask an agent of the host's own for a while. */
  warmUp(agent: WarmUp): void {
    if (!this.#exited) this.#send({ kind: 'warm-up', ...agent })
  }

  /** Passes on facts that need no answer. */
  tell(message: Notice): void {
    if (!this.#exited) this.#send(message)
  }

  /** Milliseconds since its event loop last turned. */
  silentMs(): number {
    return this.#pulse.silentMs()
  }

  /** The share of the time since the last call that its event loop had work for, from 0 to 1. */
  load(): number {
    const now = this.#thread.performance.eventLoopUtilization()
    const { utilization } = this.#thread.performance.eventLoopUtilization(now, this.#lastUse)
    this.#lastUse = now
    return Math.round(utilization * 1_000) / 1_000
  }

  /** Milliseconds that the guest which runs on it now may still run; nothing when none does. */
  get leftMs(): number | undefined {
    return this.#pulse.leftMs
  }

  /** Whether it has been silent past the deadline of its guest and `patienceMs`. */
  isOverdue(patienceMs: number): boolean {
    return this.#pulse.isOverdue(patienceMs)
  }

  /**
   * Serves `agents`. A worker that does not answer within `timeoutMs` answers later: then `onLate` gets the error of an
   * agent that does not load.
   *
   * @throws {MayflyError} the error of an agent that does not load; the worker then serves its agents as before
   */
  async deploy(
    agents: readonly HostedAgent[],
    timeoutMs: number,
    onLate: (error: MayflyError) => void,
  ): Promise<void> {
    const sent = agents.map((agent) =>
      this.#revisions.has(agent.revision) ? withoutPrepared(agent) : forWorker(agent),
    )
    const settle = this.#revisions.send(revisionsOf(agents))
    const commandsBefore = this.#commands.sent
    const answered = this.#call((call) => ({
      kind: 'deploy',
      call,
      commandsBefore,
      agents: sent,
    })).then((answer) => {
      const error: EncodedMayflyError | undefined =
        answer?.kind === 'deployed' ? answer.error : undefined
      settle(error === undefined)
      return error === undefined ? undefined : MayflyError.decode(error)
    })
    const error = await within(timeoutMs, answered)
    if (error === LATE) void answered.then((late) => late && onLate(late))
    else if (error !== undefined) throw error
  }

  /** Returns its counts; the last known ones when it does not answer within `timeoutMs`, because its guest computes. */
  async counts(timeoutMs: number): Promise<readonly AgentCounts[]> {
    const answer = await this.#call((call) => ({ kind: 'stats', call }), timeoutMs)
    if (answer?.kind === 'stats') this.#lastCounts = answer.agents
    return this.#lastCounts
  }

  /** Has it answer a request of this user for the exported functions. Returns nothing when its thread has ended. */
  async functions(
    request: ControlRequest,
    signal: AbortSignal,
  ): Promise<ControlResponse | undefined> {
    let leave: (() => void) | undefined
    const answer = await this.#call((call) => {
      leave = () => this.#exited || this.#send({ kind: 'functions-left', call })
      signal.addEventListener('abort', leave)
      return { kind: 'functions', call, request }
    })
    if (leave !== undefined) signal.removeEventListener('abort', leave)
    return answer?.kind === 'functions' ? answer.response : undefined
  }

  /**
   * Calls an agent for the run of a schedule.
   *
   * @throws {MayflyError} the reason why the run has failed; the worker may have ended
   */
  async runSchedule(key: ScheduleKey, time: number): Promise<void> {
    const answer = await this.#call((call) => ({ kind: 'run-schedule', call, time, ...key }))
    if (answer?.kind !== 'schedule-ran')
      throw new MayflyError('ERR_HOST_UNAVAILABLE', 'Cannot finish the run: its worker has ended')
    if (answer.error !== undefined) throw MayflyError.decode(answer.error)
  }

  /** How many invocations it stopped; nothing when it has not carried the command out within `timeoutMs`. */
  send(command: Command, timeoutMs: number): Promise<number | undefined> {
    return this.#exited ? Promise.resolve(0) : this.#commands.send(command, timeoutMs)
  }

  /**
   * Takes no new requests. Returns the milliseconds that its work may last: by its own answer or, when it cannot answer,
   * the time left to the running guest.
   */
  async close(): Promise<number> {
    if (this.#exited) return 0
    const closing = new Promise<number>((resolve) => {
      this.#onClosing = resolve
    })
    this.#send({ kind: 'close' })
    const left = await within(CLOSING_MS, Promise.race([closing, this.#exit.then(() => 0)]))
    return left === LATE ? Math.max(0, this.leftMs ?? 0) : left
  }

  /** Resolves when its thread has ended. */
  get exit(): Promise<void> {
    return this.#exit
  }

  /** Ends it at once, in the middle of its work. */
  async terminate(): Promise<void> {
    await this.#thread.terminate()
  }

  #receive(message: ToMain): void {
    switch (message.kind) {
      case 'control-request':
        void this.#answer(message.call, message.request)
        return
      case 'find-token': {
        const { call, text } = message
        this.#send({ kind: 'token-found', call, found: this.#findToken(text) })
        return
      }
      case 'tail':
        this.#onTail(message.events, message.lost)
        return
      case 'deployed':
      case 'schedule-ran':
      case 'stats':
      case 'functions':
        this.#calls.get(message.call)?.(message)
        this.#calls.delete(message.call)
        return
      case 'closed':
        // Anything else that keeps the thread alive has no work left.
        void this.#thread.terminate()
        return
      case 'ready':
      case 'failed':
      case 'closing':
    }
  }

  async #answer(call: number, request: ControlRequest): Promise<void> {
    const response = await this.#control(request)
    if (!this.#exited) this.#send({ kind: 'control-response', call, response })
  }

  #call(make: (call: number) => ToWorker, timeoutMs?: number): Promise<ToMain | undefined> {
    if (this.#exited) return Promise.resolve(undefined)
    const call = ++this.#lastCall
    return new Promise((resolve) => {
      const timer =
        timeoutMs === undefined ? undefined : setTimeout(() => settle(undefined), timeoutMs)
      const settle = (answer: ToMain | undefined): void => {
        clearTimeout(timer)
        this.#calls.delete(call)
        resolve(answer)
      }
      this.#calls.set(call, settle)
      this.#send(make(call))
    })
  }

  #send(message: ToWorker): void {
    this.#thread.postMessage(message)
  }
}

const LATE = Symbol('late')

/** Returns the value of `promise`, or `LATE` when it takes longer. */
async function within<Value>(ms: number, promise: Promise<Value>): Promise<Value | typeof LATE> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(resolve, ms, LATE)
  })
  const first = await Promise.race([promise, late])
  clearTimeout(timer)
  return first
}

function revisionsOf(agents: readonly HostedAgent[]): ReadonlySet<string> {
  return new Set(agents.map(({ revision }) => revision))
}

function forWorker(agent: HostedAgent): AgentToServe {
  return { ...withoutPrepared(agent), prepared: agent.prepared }
}

function withoutPrepared(agent: HostedAgent): AgentToServe {
  const { manifest, revision, assets, sourceMap, disabled, uses, deployedBy } = agent
  // It decides with which agents it shares a process.
  const sender = deployedBy === undefined ? {} : { deployedBy }
  // In memory that all threads share.
  const map = sourceMap === undefined ? {} : { sourceMap }
  const files = assets === undefined ? {} : { assets }
  return { manifest, revision, disabled, uses, ...files, ...map, ...sender }
}

function decode(refusal: EncodedRefusal): RefusedAgent {
  return { ...refusal, error: MayflyError.decode(refusal.error) }
}
