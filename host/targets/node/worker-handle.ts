/**
 * One worker thread, as the main thread sees it.
 *
 * @module
 */

import { Worker } from 'node:worker_threads'
import { MayflyError, type EncodedMayflyError } from '../../../runtime/errors/index.ts'
import { OrderDesk, type Order } from './orders.ts'
import type {
  AgentCounts,
  ControlRequest,
  ControlResponse,
  EncodedRefusal,
  HostedAgent,
  ToMain,
  ToWorker,
  WorkerConfiguration,
} from './protocol.ts'

export interface WorkerHandleOptions {
  readonly configuration: Omit<WorkerConfiguration, 'heartbeat' | 'orders'>
  readonly control: (request: ControlRequest) => Promise<ControlResponse>
  /** The thread has ended, for whatever reason. */
  readonly onExit: (handle: WorkerHandle, reason: string) => void
}

/** An agent that does not load, and why. */
export interface RefusedAgent {
  /** Its place among the agents that were to be served. */
  readonly index: number
  readonly name: string
  readonly error: MayflyError
}

// The sources run as they are; what is published is compiled.
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js',
  import.meta.url,
)

export class WorkerHandle {
  /** What it refused to load, once it accepts connections. Rejects when it cannot start. */
  readonly ready: Promise<readonly RefusedAgent[]>
  readonly #thread: Worker
  readonly #orders = new OrderDesk()
  readonly #heartbeat = new Int32Array(new SharedArrayBuffer(4))
  readonly #control: WorkerHandleOptions['control']
  readonly #calls = new Map<number, (answer: ToMain | undefined) => void>()
  #lastCall = 0
  #lastCounts: readonly AgentCounts[] = []
  #lastBeat = 0
  #lastBeatAt: number = performance.now()
  #exited = false
  #exit: Promise<void>

  constructor({ configuration, control, onExit }: WorkerHandleOptions) {
    this.#control = control
    this.#thread = new Worker(ENTRY, {
      workerData: { ...configuration, heartbeat: this.#heartbeat, orders: this.#orders.line },
      transferList: [...this.#orders.transfer],
    })
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
        this.#orders.close()
        onExit(this, reason)
        resolve()
      })
    })
    this.ready = new Promise((resolve, reject) => {
      this.#thread.on('message', (message: ToMain) => {
        if (message.kind === 'ready') resolve(message.refused.map(decode))
        else if (message.kind === 'failed') reject(MayflyError.decode(message.error))
        else this.#receive(message)
      })
      void this.#exit.then(() =>
        reject(new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot start worker: ${reason}`)),
      )
    })
    // Whoever waits for it sees the rejection; a worker replaced later has nobody who waits.
    this.ready.catch(() => {})
  }

  /** Milliseconds since its event loop last turned. */
  silentMs(): number {
    const beat = Atomics.load(this.#heartbeat, 0)
    const now = performance.now()
    if (beat !== this.#lastBeat) {
      this.#lastBeat = beat
      this.#lastBeatAt = now
    }
    return now - this.#lastBeatAt
  }

  /** @throws {MayflyError} what an agent lacks; the worker then serves what it served before */
  async deploy(agents: readonly HostedAgent[]): Promise<void> {
    const answer = await this.#call((call) => ({ kind: 'deploy', call, agents }))
    const error: EncodedMayflyError | undefined =
      answer?.kind === 'deployed' ? answer.error : undefined
    if (error !== undefined) throw MayflyError.decode(error)
  }

  /** What it counted last, when it does not answer within `timeoutMs`: its guest computes. */
  async counts(timeoutMs: number): Promise<readonly AgentCounts[]> {
    const answer = await this.#call((call) => ({ kind: 'stats', call }), timeoutMs)
    if (answer?.kind === 'stats') this.#lastCounts = answer.agents
    return this.#lastCounts
  }

  /** How many invocations it stopped; nothing when it has not carried the order out within `timeoutMs`. */
  give(order: Order, timeoutMs: number): Promise<number | undefined> {
    return this.#exited ? Promise.resolve(0) : this.#orders.give(order, timeoutMs)
  }

  /** Lets it answer what it has accepted, then ends it. */
  async close(): Promise<void> {
    if (!this.#exited) this.#send({ kind: 'close' })
    await this.#exit
  }

  /** Ends it in the middle of whatever it does. */
  async terminate(): Promise<void> {
    await this.#thread.terminate()
  }

  #receive(message: ToMain): void {
    switch (message.kind) {
      case 'control-request':
        void this.#answer(message.call, message.request)
        return
      case 'deployed':
      case 'stats':
        this.#calls.get(message.call)?.(message)
        this.#calls.delete(message.call)
        return
      case 'closed':
        // Whatever else may keep the thread alive has nothing left to do.
        void this.#thread.terminate()
        return
      case 'ready':
      case 'failed':
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

function decode(refusal: EncodedRefusal): RefusedAgent {
  return { ...refusal, error: MayflyError.decode(refusal.error) }
}
