/**
 * Runs calls of one component, each from the state its initialisation left.
 *
 * The slots belong to the runtime, and all agents of the shape share them. An agent has its own image, and its own
 * choice of how a slot is reset between calls.
 *
 * Longer than other files: initialising, running and the change of shapes share the state of this agent.
 *
 * @module
 */
import type { Initialisers } from '../binary/index.ts'
import type { ExportedFunction, HostDispatcher } from '../link/index.ts'
import { Image, type Shape, type Slot } from '../stamp/index.ts'
import type { AgentSandbox } from './agent-sandbox.ts'
import { earlyWasiCall } from './dispatch.ts'
import type { Invocation } from './invocation.ts'
import { KeptSlots } from './kept-slots.ts'
import { largeTables } from './large-tables.ts'
import { initialisedSlot, withoutComponent } from './initialised-slot.ts'
import { HeldBack } from './held-back.ts'
import { releaseShape } from './release-shape.ts'
import { REPEATED_FUEL, requireLittleFuel } from './repeated-initialisation.ts'
import { Rest, type RestParts } from './rest.ts'
import { SlotLender, type LentComponent } from './slot-lender.ts'
import { stoppable } from './stoppable.ts'
import { outOfFuel, outOfRoom, runsOnTooLong } from './stop-reasons.ts'
import type { InitialState, SandboxParts, SandboxSource, SandboxStats } from './sandbox-parts.ts'
import { Trials } from './trials.ts'
import { SPAN_FUEL, Turn, type TurnGiver } from './turn.ts'

const MICROS = 1000

export class Sandbox implements AgentSandbox, LentComponent, TurnGiver<Invocation> {
  readonly passesStreams = true
  readonly #parts: SandboxParts
  /** Not kept once the image holds it all: it is most of the component. */
  #data: readonly (Initialisers | undefined)[] | undefined
  #shape: Shape
  #image: Image | undefined
  /** Whether any slot of the shape can carry the image; otherwise each makes its own. */
  #portable = false
  #switching = false
  #released = false
  /** Whether its guests are entered so that they can be suspended. */
  #inTurns: boolean
  #pauses = 0
  readonly #held: HeldBack
  readonly #lender: SlotLender
  readonly #kept = new KeptSlots()
  readonly #trials = new Trials()
  readonly #resting: RestParts
  /** Why tables cannot be put back, when they cannot. */
  #largeTables: string | undefined
  /** The import that the component calls while it initialises, if that call needs an invocation. */
  #earlyCall: string | undefined

  /**
   * Initialises the component and takes its image.
   *
   * @throws {MayflyError} ERR_GUEST_TRAPPED, ERR_LIMIT_EXCEEDED when initialisation traps or takes too long
   */
  constructor({ data, known, learn, ...parts }: SandboxParts & SandboxSource) {
    this.#parts = parts
    this.#held = new HeldBack(parts.line, this)
    this.#lender = new SlotLender(parts, this, this.#held)
    const { agent, room } = parts
    this.#resting = { agent, room, lender: this.#lender, kept: this.#kept, turns: this }
    this.#inTurns = parts.turns === 'fair'
    const { choice, shape } = parts
    this.#shape = shape
    if (!shape.stampable) choice.force('fresh')
    else if (!shape.options.marks && choice.reset === 'pages') choice.force('copy')
    if (known?.state === 'image') {
      this.#image = Image.from(known.image, parts.store)
      this.#portable = true
      return
    }
    this.#data = data
    if (known?.earlyCall !== undefined) {
      this.#earlyCall = known.earlyCall
      choice.force('fresh')
    }
    if (known !== undefined && choice.reset === 'fresh') return
    const slot = this.#firstSlot()
    if (slot === undefined) return
    this.#largeTables = largeTables(slot.stamper.state.tables)
    if (this.#largeTables !== undefined) choice.force('fresh')
    if (choice.reset === 'fresh') {
      requireLittleFuel(slot.meter, parts.agent)
      return
    }
    const image = slot.stamper.capture()
    this.#image = image
    this.#portable = image.portable && slot.instance.capture().handles === 0
    if (this.#portable) {
      learn?.(slot, data)
      this.#data = undefined
    } else {
      try {
        requireLittleFuel(slot.meter, parts.agent)
      } catch (error) {
        image[Symbol.dispose]()
        throw error
      }
    }
  }

  /** The result of initialising. */
  get initialState(): InitialState {
    if (this.#image !== undefined && this.#portable)
      return { state: 'image', image: this.#image.data() }
    const data = (this.#data ?? []).map((each) => each && withoutComponent(each))
    return { state: 'code', data, earlyCall: this.#earlyCall }
  }

  /**
   * Milliseconds that initialising takes where each slot does it for itself; nothing where none does, or only
   * an invocation can.
   */
  initialisationMs(): number | undefined {
    if (this.#portable || this.#earlyCall !== undefined) return undefined
    const startedAt = performance.now()
    this.#initialised(Infinity)[Symbol.dispose]()
    return performance.now() - startedAt
  }

  /** The slot to take the image of; `undefined` when there can be none. */
  #firstSlot(): Slot | undefined {
    try {
      return this.#initialised(Infinity)
    } catch (error) {
      this.#earlyCall = earlyWasiCall(error)
      if (this.#earlyCall === undefined) throw error
      // The answer belongs to one invocation, so every invocation initialises the component for itself.
      this.#parts.choice.force('fresh')
      return undefined
    }
  }

  /**
   * Calls the export `name`; a promise only when there is something to wait for.
   *
   * @throws the error of the call, or the reason why it was stopped
   */
  run(
    invocation: Invocation,
    host: HostDispatcher,
    name: string,
    args: readonly unknown[],
  ): unknown {
    invocation.checkpoint()
    const slot = this.#held.holds(invocation)
      ? this.#held.untilFree(invocation).then(() => this.#lender.borrow(invocation, host))
      : this.#lender.borrow(invocation, host)
    if (!(slot instanceof Promise)) return this.#runIn(slot, invocation, host, name, args)
    invocation.isDetached = true
    return slot.then((arrived) => this.#runIn(arrived, invocation, host, name, args))
  }

  #runIn(
    slot: Slot,
    invocation: Invocation,
    host: HostDispatcher,
    name: string,
    args: readonly unknown[],
  ): unknown {
    const { instance, meter } = slot
    const started = slot.readyAt
    this.#parts.line.served(this, started)
    instance.host = host
    meter.begin(invocation)
    invocation.runsIn(slot, this, started)
    const before = invocation.enter()
    let value: unknown
    try {
      if (invocation.stop !== undefined) throw invocation.stop
      value = this.#call(instance.lookup(name), invocation, args)
    } catch (error) {
      if (invocation.onTrial && invocation.hasAsked && invocation.stop === undefined)
        return this.#again(slot, invocation, host, name, args)
      invocation.onTrial = false
      throw this.#failed(invocation, started, error)
    } finally {
      invocation.exit(before)
    }
    invocation.onTrial = false
    if (!(value instanceof Promise)) {
      this.#finish(invocation, started)
      return value
    }
    invocation.isDetached = true
    return stoppable(value, invocation).then(
      (settled) => {
        this.#finish(invocation, started)
        return settled
      },
      (error: unknown) => {
        throw this.#failed(invocation, started, error)
      },
    )
  }

  #call(exported: ExportedFunction, invocation: Invocation, args: readonly unknown[]): unknown {
    if (!this.#inTurns) return exported.suspends ? exported.callAsync(args) : exported.call(args)
    // An image of its own would have to be made again with a new slot.
    if (!this.#trials.expected || !this.#portable || !exported.repeatable)
      return exported.callInTurns(args)
    invocation.onTrial = true
    return exported.callOnTrial(args)
  }

  /** Its guest has asked for something on trial: nothing has happened yet, and nothing of it counts. */
  #again(
    slot: Slot,
    invocation: Invocation,
    host: HostDispatcher,
    name: string,
    args: readonly unknown[],
  ): unknown {
    this.#trials.failed()
    invocation.onTrial = false
    const { fuelUsed } = invocation
    invocation.leavesSlot()
    invocation.fuelUsed = fuelUsed
    this.#lender.drop(slot, undefined)
    return this.run(invocation, host, name, args)
  }

  #failed(invocation: Invocation, started: number, error: unknown): unknown {
    const { agent, limits } = this.#parts
    const { slot, stop } = invocation
    const isOutOfFuel = slot?.meter.exhausted === 'budget'
    const isOutOfRoom = slot?.overdrawn === true
    this.#finish(invocation, started, invocation.rest?.end(stop ?? error) ?? false)
    if (stop !== undefined) return stop
    if (isOutOfRoom) return outOfRoom(agent, limits.memoryBytes)
    return isOutOfFuel ? outOfFuel(agent) : error
  }

  /** @param rested - whether it was dropped while it rested, so that nothing of it runs or is suspended */
  #finish(invocation: Invocation, started: number, rested = false): void {
    const { slot } = invocation
    const hostFuel = slot?.meter.hostFuel ?? 0
    invocation.leavesSlot()
    this.#pauses += invocation.pauses
    if (slot === undefined) return
    const { waited, fuelUsed, stop } = invocation
    this.#trials.ended(!waited && !invocation.hasAsked)
    const now = performance.now()
    // Fuel of its own code: marks do not slow the host's work.
    const ownFuel = fuelUsed - hostFuel
    if (!waited && this.#parts.choice.note(ownFuel, (now - started) * MICROS))
      void this.#switchToCopy()
    if (stop === undefined || rested) this.#lender.giveBack(slot, now)
    else this.#lender.drop(slot, stop, now)
  }

  /** How a guest takes turns that has outrun its slice. Those after it can be suspended if it cannot. */
  turnOf(invocation: Invocation, { instance, meter }: Slot): Turn {
    this.#inTurns = true
    return new Turn({
      line: this.#parts.line,
      agent: this,
      instance,
      meter,
      callerCanPause: () => invocation.callerCanPause(),
      onTurn: () => invocation.goesOn(),
      onExcess: () => {
        this.#held.rest()
        invocation.halt(runsOnTooLong(this.#parts.agent, SPAN_FUEL))
      },
    })
  }

  /** How a guest waits that has no stack meanwhile. */
  restOf(invocation: Invocation): Rest {
    return new Rest(this.#resting, invocation)
  }

  stats(): SandboxStats {
    const { agent, room } = this.#parts
    return {
      pauses: this.#pauses,
      slots: this.#lender.borrower.slots,
      slotsWaiting: this.#lender.waiting,
      waiting: { ...room.use(agent), ...this.#kept.stats() },
      imageBytes: this.#image?.ownBytes ?? 0,
      stampMicros: this.#lender.stampMicros,
      reset: this.#parts.choice.reset,
      unstampable: [
        ...this.#shape.reasons,
        ...(this.#earlyCall === undefined ? [] : [`it calls ${this.#earlyCall} to initialise`]),
        ...(this.#largeTables === undefined ? [] : [this.#largeTables]),
      ],
    }
  }

  /** Frees all that the agent holds. Nothing may run. */
  release(): void {
    if (this.#released) return
    this.#released = true
    const { shapes, pool } = this.#parts
    pool.dropShape(this)
    if (this.#image !== undefined) pool.dropImage(this.#image)
    this.#image?.[Symbol.dispose]()
    releaseShape(this.#shape, shapes, pool)
  }

  get shape(): Shape {
    return this.#shape
  }

  get image(): Image | undefined {
    return this.#image
  }

  get portable(): boolean {
    return this.#portable
  }

  get released(): boolean {
    return this.#released
  }

  initialisedFor(host: HostDispatcher): Slot {
    return this.#initialised(REPEATED_FUEL, this.#earlyCall === undefined ? undefined : host)
  }

  withOwnImage(): Slot {
    const slot = this.#initialised(REPEATED_FUEL)
    slot.home = slot.stamper.capture()
    return slot
  }

  /** A slot in the state that initialisation left. Nothing else runs meanwhile: it may use so much `fuel`. */
  #initialised(fuel: number, host: HostDispatcher = { call: this.#parts.initial }): Slot {
    const kin = this.#portable ? this.#shape : this
    return initialisedSlot(this.#parts, { shape: this.#shape, kin, data: this.#data, fuel, host })
  }

  /** Takes slots from the shape without marks from now on. The image serves both shapes. */
  async #switchToCopy(): Promise<void> {
    if (this.#switching || !this.#portable) return
    this.#switching = true
    const { shapes, pool, agent, onFault } = this.#parts
    let shape: Shape
    try {
      shape = await shapes.unmarked(this.#shape)
    } catch (error) {
      // Not tried again: the agent is served as well as before, only not as fast as it might be.
      if (!this.#released) onFault?.(agent, error)
      return
    }
    if (this.#released) return releaseShape(shape, shapes, pool)
    const before = this.#shape
    this.#shape = shape
    this.#lender.renew()
    releaseShape(before, shapes, pool)
  }
}
