/**
 * The agents of one group, and the process where their guests run.
 *
 * The host does not trust the process. A message that breaks the protocol ends it, and so does a guest in it that does not
 * stop when it must. When it ends, the calls under way fail, and it is started again: at once the first time, then after
 * waits that grow. The other groups notice nothing.
 *
 * @module
 */
import { ValueMismatch } from '../abi/index.ts'
import {
  stoppable,
  type AgentSandbox,
  type Invocation,
  type SandboxStats,
} from '../agents/index.ts'
import type { SiteRequest } from '../agents/index.ts'
import { MayflyError } from '../errors/index.ts'
import type { HostDispatcher } from '../link/index.ts'
import type { Crossing } from './crossing.ts'
import { FrameReader, FROM_GROUP, malformed, TO_GROUP, type FrameWriter } from './frame.ts'
import { RemoteCall } from './remote-call.ts'
import { RemoteAgent } from './remote-agent.ts'

/** A started process, or what stands for one. */
export interface Connection {
  /** Sends a frame, whose bytes are copied. */
  send(frame: Uint8Array): void
  /** Ends the process at once. */
  end(): void
}

/** What a connection reports. */
export interface ConnectionEvents {
  /** A frame has come, without its length. */
  readonly frame: (frame: Uint8Array) => void
  /** The process waits for the answer to a frame: `answer` sends that. */
  readonly asked: (frame: Uint8Array, answer: (frame: Uint8Array) => void) => void
  /** The process has ended. */
  readonly closed: (reason: string) => void
}

/** Why and how a process of a group has ended. */
export interface GroupEnd {
  readonly group: string
  readonly reason: string
  /** Agents of the group. */
  readonly agents: readonly string[]
  /** Calls that were under way. */
  readonly calls: number
  /** Milliseconds until it is started again. */
  readonly restartMs: number
}

export interface GroupOptions {
  readonly name: string
  /** Where messages are made, for all groups of a thread: one at a time. */
  readonly crossing: Crossing
  readonly writer: FrameWriter
  readonly connect: (events: ConnectionEvents) => Connection
  /** Called when its process has ended by itself, or was ended for its faults. Must not throw. */
  readonly onEnd: (end: GroupEnd) => void
  /** Milliseconds between two looks of the watchdog. */
  readonly lookMs?: number
  readonly firstRestartMs?: number
}

const LOOK_MS = 250
// Two seconds: a garbage collection of a large heap on a loaded machine stays below.
const MAX_LOOKS = 8
const FIRST_RESTART_MS = 100
const MAX_RESTART_MS = 30_000
// A process that has lived this long has not ended because of its start.
const LONG_LIFE_MS = 60_000

export class Group {
  readonly name: string
  readonly #options: GroupOptions
  readonly #agents = new Map<number, RemoteAgent>()
  readonly #calls = new Map<number, RemoteCall>()
  readonly #crossing: Crossing
  readonly #writer: FrameWriter
  #connection: Connection | undefined
  #startedAt = 0
  #failures = 0
  #restart: ReturnType<typeof setTimeout> | undefined
  #watch: ReturnType<typeof setInterval> | undefined
  #lastAgent = 0
  #lastCall = 0
  #closed = false

  constructor(options: GroupOptions) {
    this.#options = options
    this.#crossing = options.crossing
    this.#writer = options.writer
    this.name = options.name
  }

  /** How many agents it has. */
  get size(): number {
    return this.#agents.size
  }

  /** @throws {MayflyError} the reason why the component does not load in the process */
  async open(request: SiteRequest): Promise<AgentSandbox> {
    const agent = new RemoteAgent(++this.#lastAgent, request)
    this.#agents.set(agent.id, agent)
    if (this.#connection === undefined && this.#restart === undefined) this.#start()
    else if (this.#connection !== undefined) this.#load(agent)
    try {
      await agent.loaded
    } catch (error) {
      this.#agents.delete(agent.id)
      this.#endIfEmpty()
      throw error
    }
    return {
      passesStreams: false,
      run: (invocation, host, name, args) => this.#run(agent, invocation, host, name, args),
      stats: () => this.#stats(agent),
      release: () => this.#release(agent),
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#restart)
    clearInterval(this.#watch)
    this.#connection?.end()
    this.#connection = undefined
  }

  #start(): void {
    this.#restart = undefined
    if (this.#agents.size === 0) return
    this.#startedAt = performance.now()
    for (const agent of this.#agents.values()) agent.loads()
    // A connection of before may still report.
    const events = (of: () => Connection | undefined): ConnectionEvents => ({
      frame: (frame) => this.#ifPresent(of(), () => this.#receive(frame, undefined)),
      asked: (frame, answer) => this.#ifPresent(of(), () => this.#receive(frame, answer)),
      closed: (reason) => {
        if (of() === this.#connection) this.#ended(reason)
      },
    })
    let connection: Connection | undefined = undefined
    try {
      connection = this.#options.connect(events(() => connection))
    } catch (error) {
      // As when a host has no file descriptor left.
      this.#failures = Math.max(1, this.#failures)
      return this.#ended(error instanceof Error ? error.message : String(error))
    }
    this.#connection = connection
    this.#watch ??= setInterval(() => this.#look(), this.#lookMs)
    for (const agent of this.#agents.values()) this.#load(agent)
  }

  #ifPresent(connection: Connection | undefined, receive: () => void): void {
    if (connection === undefined || connection !== this.#connection) return
    try {
      receive()
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error))
    }
  }

  #load(agent: RemoteAgent): void {
    agent.loads()
    this.#connection?.send(agent.loadFrame(this.#writer, this.#crossing))
  }

  #release(agent: RemoteAgent): void {
    if (!this.#agents.delete(agent.id)) return
    this.#connection?.send(this.#writer.begin(TO_GROUP.unload).u32(agent.id).end())
    this.#endIfEmpty()
  }

  /** A group that gets an agent again gets a new process. */
  #endIfEmpty(): void {
    if (this.#agents.size > 0) return
    clearTimeout(this.#restart)
    clearInterval(this.#watch)
    this.#restart = undefined
    this.#watch = undefined
    this.#connection?.end()
    this.#connection = undefined
  }

  #stats(agent: RemoteAgent): SandboxStats {
    this.#askForStats(agent)
    return agent.stats
  }

  #askForStats(agent: RemoteAgent): void {
    if (this.#connection !== undefined && agent.asksForStats())
      this.#connection.send(this.#writer.begin(TO_GROUP.stats).u32(agent.id).end())
  }

  #run(
    agent: RemoteAgent,
    invocation: Invocation,
    host: HostDispatcher,
    name: string,
    args: readonly unknown[],
  ): Promise<unknown> {
    invocation.checkpoint()
    invocation.isDetached = true
    invocation.watchDeadline()
    if (agent.isUp) return this.#runNow(agent, invocation, host, name, args)
    if (this.#connection === undefined) throw this.#down(agent)
    return stoppable(agent.loaded, invocation).then(() =>
      this.#runNow(agent, invocation, host, name, args),
    )
  }

  async #runNow(
    agent: RemoteAgent,
    invocation: Invocation,
    host: HostDispatcher,
    name: string,
    args: readonly unknown[],
  ): Promise<unknown> {
    const connection = this.#connection
    if (connection === undefined) throw this.#down(agent)
    const { number, exported } = agent.exportOf(name)
    const id = ++this.#lastCall
    const channel = {
      crossing: this.#crossing,
      writer: this.#writer,
      send: (frame: Uint8Array) => {
        if (this.#connection === connection) connection.send(frame)
      },
    }
    const parts = { id, agent: agent.name, plan: agent.plan, exported, invocation, host, channel }
    const call = new RemoteCall(parts)
    try {
      call.begin(agent.id, number, args)
    } catch (error) {
      throw error instanceof ValueMismatch ? unfit(error, name) : error
    }
    this.#calls.set(id, call)
    agent.begins()
    invocation.meter = call.meter
    invocation.elsewhere = call
    try {
      return await stoppable(call.ended, invocation)
    } catch (error) {
      throw invocation.stop ?? error
    } finally {
      if (this.#calls.has(id)) this.#stop(call)
      agent.ends()
      invocation.fuelUsed = call.meter.used
      invocation.meter = undefined
      invocation.elsewhere = undefined
    }
  }

  /** Its caller does not wait any more. */
  #stop(call: RemoteCall): void {
    call.fail(undefined)
    call.looks = 0
    this.#connection?.send(this.#writer.begin(TO_GROUP.stop).u32(call.id).end())
  }

  #receive(bytes: Uint8Array, answer: ((frame: Uint8Array) => void) | undefined): void {
    const frame = new FrameReader(bytes)
    if (answer !== undefined && frame.kind !== FROM_GROUP.import)
      throw malformed('nothing but an import waits for its answer')
    switch (frame.kind) {
      case FROM_GROUP.import: {
        const call = this.#call(frame.u32())
        const send = answer ?? ((message: Uint8Array) => this.#connection?.send(message))
        return call.imports.call(frame, answer !== undefined, send)
      }
      case FROM_GROUP.drop:
        return this.#call(frame.u32()).drop(frame.u32())
      case FROM_GROUP.cancel:
        return this.#call(frame.u32()).imports.cancel(frame.u32())
      case FROM_GROUP.returned:
        return this.#call(frame.u32()).returned(frame)
      case FROM_GROUP.done: {
        const call = this.#call(frame.u32())
        call.done(frame)
        this.#calls.delete(call.id)
        return
      }
      case FROM_GROUP.initialises:
        return this.#agent(frame.u32())?.initialises()
      case FROM_GROUP.loaded:
        return this.#agent(frame.u32())?.arrived(frame)
      case FROM_GROUP.stats:
        return this.#agent(frame.u32())?.counted(frame)
      default:
        throw malformed(`there is no message ${frame.kind}`)
    }
  }

  /** A call of this group that is under way. */
  #call(id: number): RemoteCall {
    const call = this.#calls.get(id)
    if (call === undefined) throw malformed(`there is no call ${id}`)
    return call
  }

  /** Nothing for an agent that was unloaded meanwhile. */
  #agent(id: number): RemoteAgent | undefined {
    if (id > this.#lastAgent || id === 0) throw malformed(`there is no agent ${id}`)
    return this.#agents.get(id)
  }

  /** The process has broken a rule. */
  #fail(reason: string): void {
    this.#connection?.end()
    this.#ended(reason)
  }

  #ended(reason: string): void {
    this.#connection = undefined
    if (this.#closed) return
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    if (performance.now() - this.#startedAt > LONG_LIFE_MS) this.#failures = 0
    const restartMs = this.#restartMs()
    this.#failures++
    const names = [...this.#agents.values()].map(({ name }) => name)
    const under = calls.filter(({ looks }) => looks === undefined).length
    this.#options.onEnd({ group: this.name, reason, agents: names, calls: under, restartMs })
    for (const agent of this.#agents.values()) agent.ended(this.name, reason)
    for (const call of calls) call.fail(lost(call.invocation.agent, this.name, reason))
    if (this.#agents.size === 0) return
    if (restartMs === 0) this.#start()
    else this.#restart = setTimeout(() => this.#start(), restartMs)
  }

  get #lookMs(): number {
    return this.#options.lookMs ?? LOOK_MS
  }

  #restartMs(): number {
    if (this.#failures === 0) return 0
    const first = this.#options.firstRestartMs ?? FIRST_RESTART_MS
    return Math.min(MAX_RESTART_MS, first * 2 ** (this.#failures - 1))
  }

  /** Ends a process whose guest does not stop. Looks are counted, not time: a whole machine may have slept. */
  #look(): void {
    for (const call of this.#calls.values()) {
      if (call.looks !== undefined && ++call.looks > MAX_LOOKS)
        return this.#fail(`a guest of agent "${call.invocation.agent}" does not stop`)
    }
    for (const agent of this.#agents.values()) {
      if (agent.looked(this.#lookMs))
        return this.#fail(`agent "${agent.name}" does not end to load`)
      // So that an operator sees no counts that are older than this.
      if (agent.isBusy) this.#askForStats(agent)
    }
  }

  #down({ name, refusal }: RemoteAgent): MayflyError {
    if (refusal !== undefined) return refusal
    return new MayflyError(
      'ERR_HOST_UNAVAILABLE',
      `Cannot call agent "${name}": the process of group "${this.name}" is being started again`,
    )
  }
}

/** The error of a call whose process has ended. */
function lost(agent: string, group: string, reason: string): MayflyError {
  return new MayflyError(
    'ERR_GUEST_KILLED',
    `Stopped agent "${agent}": the process of group "${group}" ended: ${reason}`,
  )
}

function unfit({ path, expected, actual }: ValueMismatch, name: string): MayflyError {
  return new MayflyError(
    'ERR_VALUE_MISMATCH',
    `Cannot pass arguments${path}: expected ${expected}, got ${actual}`,
    { facts: { function: name, path: `arguments${path}` } },
  )
}
