/**
 * The agents in the process of a group: the engine, without grants, drivers and ports.
 *
 * It does what the host tells it over one channel. It trusts the host, and the host trusts no word of it.
 *
 * @module
 */
import {
  Invocation,
  nextLoopTurn,
  ComponentCompiler,
  Sandboxes,
  shareOfBodies,
  type AgentSandbox,
  type AgentShared,
  type RuntimeOptions,
  type SandboxesOptions,
} from '../agents/index.ts'
import type { Manifest } from '../manifest/index.ts'
import { Crossing, bridgeOf, crossingPlan, type CrossingPlan, type Side } from './crossing.ts'
import { encodeError } from './encoded-error.ts'
import { ForeignState } from './foreign.ts'
import { FrameReader, FrameWriter, FROM_GROUP, textOf, TO_GROUP } from './frame.ts'
import type { HostChannel } from './import-caller.ts'
import {
  earlyAnswers,
  residentLoader,
  waitingImports,
  type ResidentLoader,
} from './prepare-resident.ts'
import { ResidentCall } from './resident-call.ts'
import { encodeStats } from './sent-stats.ts'

/** A channel to the host. */
export type HostPort = Pick<HostChannel, 'send' | 'ask'>

interface Resident {
  readonly name: string
  readonly limits: Manifest['limits']
  readonly plan: CrossingPlan
  readonly side: Side
  readonly sandbox: AgentSandbox
}

/** Bounds of what runs in the process, and of the answers that it holds for its guests. */
export type ResidentOptions = SandboxesOptions & Pick<RuntimeOptions, 'bodies'>

export class Residents {
  readonly #channel: HostChannel
  /** Nothing of the host is on this side, but answers lie here until guests take them. */
  readonly #shared: AgentShared
  readonly #sandboxes: Sandboxes
  readonly #load: ResidentLoader
  readonly #agents = new Map<number, Resident>()
  readonly #calls = new Map<number, ResidentCall>()

  /** @param load - another thread of the process, where there is one */
  constructor(port: HostPort, options: ResidentOptions, load?: ResidentLoader) {
    this.#shared = {
      onInvocation: undefined,
      poll: undefined,
      running: undefined,
      trail: undefined,
      bodies: shareOfBodies(options.bodies),
    }
    this.#channel = {
      crossing: new Crossing(),
      writer: new FrameWriter(),
      send: (frame) => port.send(frame),
      ask: (frame) => port.ask(frame),
    }
    this.#sandboxes = new Sandboxes(options)
    this.#load =
      load ?? residentLoader(this.#sandboxes, new ComponentCompiler(options, this.#sandboxes))
  }

  /** A frame of the host, without its length. */
  receive(bytes: Uint8Array): void {
    const frame = new FrameReader(bytes)
    switch (frame.kind) {
      case TO_GROUP.load:
        return void this.#open(frame)
      case TO_GROUP.unload:
        return this.#unload(frame.u32())
      case TO_GROUP.run:
        return this.#run(frame)
      case TO_GROUP.stop:
        return this.#calls.get(frame.u32())?.stop()
      case TO_GROUP.leave:
        return this.#calls.get(frame.u32())?.leave()
      case TO_GROUP.answer:
        return this.#calls.get(frame.u32())?.imports.answered(frame)
      case TO_GROUP.stats:
        return this.#count(frame.u32())
      default:
        throw new TypeError(`Cannot read message ${frame.kind}: there is none such`)
    }
  }

  async #open(frame: FrameReader): Promise<void> {
    const id = frame.u32()
    try {
      this.#agents.set(id, await this.#resident(id, frame))
    } catch (error) {
      return this.#reply(FROM_GROUP.loaded, id, 0, encodeError(error))
    }
    this.#reply(FROM_GROUP.loaded, id, 1, this.#statsOf(id))
  }

  async #resident(id: number, frame: FrameReader): Promise<Resident> {
    // The host has parsed it. Grants stay there.
    const manifest = { ...JSON.parse(textOf(frame.block())), capabilities: {} } as Manifest
    const initial = Array.from({ length: frame.u32() }, (): [number, Uint8Array] => [
      frame.u32(),
      frame.block().slice(),
    ])
    // The frame is gone by the time it is compiled.
    const request = { manifest, component: frame.rest().slice(), initial }
    const { plan, sandbox: prepared } = await this.#load(request, () => this.#initialises(id))
    const crossing = crossingPlan(plan)
    const side = { state: new ForeignState(), bridge: bridgeOf(crossing) }
    const code = this.#sandboxes.adopt(prepared, plan, waitingImports(plan))
    const sandbox = this.#sandboxes.make(manifest, code, earlyAnswers(crossing, plan, initial))
    const { name, limits } = manifest
    return { name, limits, plan: crossing, side, sandbox }
  }

  /** Resolves when the host may have learned of it: a start function may never end. */
  #initialises(id: number): Promise<void> {
    const { writer } = this.#channel
    this.#channel.send(writer.begin(FROM_GROUP.initialises).u32(id).end())
    return new Promise((resolve) => nextLoopTurn(() => nextLoopTurn(resolve)))
  }

  #unload(id: number): void {
    // The host has waited for its calls.
    this.#agents.get(id)?.sandbox.release()
    this.#agents.delete(id)
  }

  #count(id: number): void {
    if (!this.#agents.has(id)) return
    const { writer } = this.#channel
    this.#channel.send(writer.begin(FROM_GROUP.stats).u32(id).text(this.#statsOf(id)).end())
  }

  #statsOf(id: number): string {
    const resident = this.#agents.get(id)
    return resident === undefined ? '' : encodeStats(resident.sandbox.stats())
  }

  #run(frame: FrameReader): void {
    const id = frame.u32()
    const resident = this.#agents.get(frame.u32())
    const exported = resident?.plan.exports[frame.u32()]
    if (resident === undefined || exported === undefined)
      throw new TypeError(`Cannot run call ${id}: there is no such agent or export`)
    const { name: agent, limits, plan, side, sandbox } = resident
    const depth = frame.u32()
    const startedAt = performance.now()
    const invocation = new Invocation({
      agent,
      id: '',
      startedAt,
      deadlineAt: startedAt + frame.f64(),
      fuel: frame.f64(),
      depth,
      budgets: limits,
      caller: 'host',
      callerBudget: undefined,
      shared: this.#shared,
      parent: undefined,
      granted: undefined,
      blobs: undefined,
    })
    invocation.isDetached = true
    const channel = this.#channel
    const call = new ResidentCall({ id, plan, side, exported, invocation, channel })
    this.#calls.set(id, call)
    const finish = (threw: boolean, value: unknown): void => {
      this.#calls.delete(id)
      call.finish(threw, value)
    }
    let value: unknown
    try {
      value = sandbox.run(invocation, call.imports, exported.name, call.arguments(frame))
    } catch (error) {
      return finish(true, error)
    }
    if (!(value instanceof Promise)) return finish(false, value)
    value.then(
      (settled: unknown) => finish(false, settled),
      (error: unknown) => finish(true, error),
    )
  }

  #reply(kind: number, id: number, state: number, json: string): void {
    this.#channel.send(this.#channel.writer.begin(kind).u32(id).u8(state).text(json).end())
  }
}
