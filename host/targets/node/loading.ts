/**
 * Loads agents on separate threads, so that no request waits for loading.
 *
 * One thread loads agent after agent, and reuses compiled code for the next. While an agent holds it for long, others
 * that wait get a second thread, and so on. An agent that never ends to load blocks only itself, and its thread is ended.
 *
 * @module
 */

import { Worker } from 'node:worker_threads'
import type { PreparedAgent } from '../../../runtime/agents/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'
import type { VersionLoader } from '../../registry/index.ts'
import { initialisationMs } from './loading-options.ts'
import type { FromLoader, LoaderConfiguration, ToLoader } from './protocol.ts'
import { LOOK_MS, Pulse } from './pulse.ts'

export type LoadingOptions = Omit<LoaderConfiguration, 'pulse'>

type Loadable = ToLoader

interface Job {
  readonly agent: Loadable
  readonly resolve: (prepared: PreparedAgent) => void
  readonly reject: (error: MayflyError) => void
}

// A few times as long as the first load of a JavaScript engine.
const HELD_LONG_MS = 1_000
// Each takes a core while it loads. More agents that never end to load have to wait for each other.
const MAX_LOADERS = 8
// The largest component there may be takes a few seconds, on a machine that does nothing else.
const PATIENCE_MS = 60_000
const MOST_MS = 2 * PATIENCE_MS
// An agent that is worked on is deployed again soon; a host that is left alone has its memory back.
const IDLE_MS = 60_000
// A thread keeps its compiled code as long as it lives.
const MOST_JOBS = 100

export class Loading implements VersionLoader {
  readonly #options: LoadingOptions
  readonly #loaders = new Set<Loader>()
  readonly #queue: Job[] = []
  #spare: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: LoadingOptions) {
    this.#options = options
  }

  /**
   * Loads an agent, for the workers to adopt.
   *
   * @throws {MayflyError} with the reason why it does not load, ERR_LIMIT_EXCEEDED when it takes too long
   */
  prepare(agent: Loadable): Promise<PreparedAgent> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closing(agent))
      this.#queue.push({ agent, resolve, reject })
      this.#assign()
    })
  }

  /** Gives up all loads under way. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#spare)
    for (const { agent, reject } of this.#queue.splice(0)) reject(closing(agent))
    await Promise.all([...this.#loaders].map((loader) => loader.end(closing)))
  }

  #assign(): void {
    for (const loader of this.#loaders) {
      const job = loader.isIdle ? this.#queue.shift() : undefined
      if (job !== undefined) loader.take(job)
    }
    if (this.#queue.length === 0) {
      clearInterval(this.#spare)
      this.#spare = undefined
      return
    }
    if (this.#loaders.size === 0) this.#spawn()
    else this.#spare ??= setInterval(() => this.#help(), LOOK_MS)
  }

  /** Starts another thread when those there are do not come to the queue. */
  #help(): void {
    const isHeld = [...this.#loaders].every((loader) => loader.heldMs > HELD_LONG_MS)
    if (isHeld && this.#loaders.size < MAX_LOADERS) this.#spawn()
  }

  #spawn(): void {
    const loader: Loader = new Loader(this.#options, {
      onIdle: () => this.#assign(),
      onEnd: () => {
        this.#loaders.delete(loader)
        if (!this.#closed) this.#assign()
      },
    })
    this.#loaders.add(loader)
    this.#assign()
  }
}

interface LoaderEvents {
  readonly onIdle: () => void
  readonly onEnd: () => void
}

// TypeScript in a checkout; compiled JavaScript in a published package.
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './loader.ts' : './loader.js',
  import.meta.url,
)

/** One thread. */
class Loader {
  readonly #thread: Worker
  readonly #pulse = new Pulse()
  readonly #events: LoaderEvents
  readonly #exit: Promise<void>
  #job: Job | undefined
  /** Since when its job has it; nothing before it runs. */
  #takenAt: number | undefined
  #isUp = false
  #jobs = 0
  #isEnding = false
  #watch: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  /** Why its job fails when it ends. */
  #reason: (agent: Loadable) => MayflyError

  constructor(options: LoadingOptions, events: LoaderEvents) {
    this.#events = events
    const workerData: LoaderConfiguration = { ...options, pulse: this.#pulse.line }
    this.#thread = new Worker(ENTRY, { workerData })
    this.#reason = (agent) => ended(agent, 'its thread ended')
    this.#thread.on('error', (error) => {
      const message = error instanceof Error ? error.message : String(error)
      this.#reason = (agent) => ended(agent, message)
    })
    this.#thread.on('message', (message: FromLoader) => this.#receive(message))
    this.#exit = new Promise((resolve) => {
      this.#thread.once('exit', () => {
        clearInterval(this.#watch)
        clearTimeout(this.#idle)
        this.#job?.reject(this.#reason(this.#job.agent))
        this.#job = undefined
        events.onEnd()
        resolve()
      })
    })
  }

  get isIdle(): boolean {
    return this.#job === undefined && !this.#isEnding
  }

  /** For how long its job has held it. */
  get heldMs(): number {
    return this.#takenAt === undefined ? 0 : performance.now() - this.#takenAt
  }

  take(job: Job): void {
    const now = performance.now()
    const until = now + MOST_MS
    if (this.#isUp) this.#takenAt = now
    clearTimeout(this.#idle)
    this.#job = job
    this.#watch = setInterval(() => this.#look(job.agent, until), LOOK_MS)
    const { manifest, component, onlyIfKnown } = job.agent
    const message: ToLoader = { manifest, component, ...(onlyIfKnown && { onlyIfKnown }) }
    this.#thread.postMessage(message)
  }

  /** Ends the thread at once, in the middle of its work. */
  async end(reason: (agent: Loadable) => MayflyError): Promise<void> {
    this.#reason = reason
    this.#isEnding = true
    await this.#thread.terminate()
    await this.#exit
  }

  #receive(message: FromLoader): void {
    if (message.kind === 'up') {
      this.#isUp = true
      if (this.#job !== undefined) this.#takenAt = performance.now()
      return
    }
    const job = this.#job
    this.#job = undefined
    this.#takenAt = undefined
    clearInterval(this.#watch)
    if (message.kind === 'prepared') job?.resolve(message.prepared)
    else job?.reject(MayflyError.decode(message.error))
    if (++this.#jobs === MOST_JOBS) return void this.end(closing)
    // The timer does not keep the process alive; callers that wait for a load do.
    this.#idle = setTimeout(() => void this.end(closing), IDLE_MS).unref()
    this.#events.onIdle()
  }

  #look(agent: Loadable, until: number): void {
    const initialises = this.#pulse.leftMs !== undefined
    if (this.#pulse.isOverdue(PATIENCE_MS)) void this.end(initialises ? endless : slow)
    else if (performance.now() > until) void this.end(slow)
  }
}

function endless({ manifest: { name, limits } }: Loadable): MayflyError {
  const ms = initialisationMs(limits.deadlineMs)
  return tooLong(
    name,
    `Cannot initialise agent "${name}": not done after ${ms} ms`,
    'Look for a loop in its start function, or in what it does at the top level',
  )
}

function slow({ manifest: { name } }: Loadable): MayflyError {
  const message = `Cannot load agent "${name}": not read and compiled after ${PATIENCE_MS} ms`
  return tooLong(name, message, 'Make the component smaller')
}

function tooLong(agent: string, message: string, hint: string): MayflyError {
  const facts = { agent, limit: 'deadline' }
  return new MayflyError('ERR_LIMIT_EXCEEDED', message, { hint, facts })
}

function ended({ manifest: { name } }: Loadable, reason: string): MayflyError {
  return new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot load agent "${name}": ${reason}`)
}

function closing(agent: Loadable): MayflyError {
  return ended(agent, 'the host is closing')
}
