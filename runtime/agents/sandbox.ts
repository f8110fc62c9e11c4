/**
 * Runs calls of one component, each from the state its initialisation left.
 *
 * The slots belong to the runtime, and all agents of the shape share them. An agent has its own image, and its own
 * choice of how a slot is reset between calls.
 *
 * Longer than other files: lending, stamping and giving back a slot share the state of this agent.
 *
 * @module
 */
import type { Initialisers } from '../binary/index.ts'
import { outOfMemory, type HostDispatcher } from '../link/index.ts'
import { Borrower, Image, Slot, type BorrowRequest, type Shape } from '../stamp/index.ts'
import type { AgentSandbox } from './agent-sandbox.ts'
import { earlyWasiCall, NO_HOST } from './dispatch.ts'
import type { Invocation } from './invocation.ts'
import { largeTables } from './large-tables.ts'
import { LatestTimes } from './latest-times.ts'
import { initialisedSlot, withoutComponent } from './initialised-slot.ts'
import { HeldBack } from './held-back.ts'
import { releaseShape } from './release-shape.ts'
import { REPEATED_FUEL, requireLittleFuel } from './repeated-initialisation.ts'
import { stoppable } from './stoppable.ts'
import { outOfFuel, outOfRoom, runsOnTooLong } from './stop-reasons.ts'
import type { InitialState, SandboxParts, SandboxSource, SandboxStats } from './sandbox-parts.ts'
import { SPAN_FUEL, Turn, type TurnGiver } from './turn.ts'

const MICROS = 1000

export class Sandbox implements AgentSandbox, TurnGiver<Invocation> {
  readonly #parts: SandboxParts
  readonly #borrower = new Borrower()
  /** In microseconds. */
  readonly #stamps = new LatestTimes()
  /** Not kept once the image holds it all: it is most of the component. */
  #data: readonly (Initialisers | undefined)[] | undefined
  #shape: Shape
  #image: Image | undefined
  /** Whether any slot of the shape can carry the image; otherwise each makes its own. */
  #portable = false
  #standing: BorrowRequest<Slot> | undefined
  #switching = false
  #released = false
  /** Whether its guests are entered so that they can be suspended. */
  #inTurns: boolean
  #pauses = 0
  readonly #held: HeldBack
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
      ? this.#held.untilFree(invocation).then(() => this.#borrow(invocation, host))
      : this.#borrow(invocation, host)
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
    const before = invocation.enter()
    let value: unknown
    try {
      if (invocation.stop !== undefined) throw invocation.stop
      instance.host = host
      meter.begin(invocation)
      invocation.runsIn(slot, this, started)
      const exported = instance.lookup(name)
      if (this.#inTurns) value = exported.callInTurns(args)
      else value = exported.suspends ? exported.callAsync(args) : exported.call(args)
    } catch (error) {
      throw this.#failed(slot, invocation, started, error)
    } finally {
      invocation.exit(before)
    }
    if (!(value instanceof Promise)) {
      this.#finish(slot, invocation, started)
      return value
    }
    invocation.isDetached = true
    return stoppable(value, invocation).then(
      (settled) => {
        this.#finish(slot, invocation, started)
        return settled
      },
      (error: unknown) => {
        throw this.#failed(slot, invocation, started, error)
      },
    )
  }

  #failed(slot: Slot, invocation: Invocation, started: number, error: unknown): unknown {
    const { agent, limits } = this.#parts
    const isOutOfFuel = slot.meter.exhausted === 'budget'
    const isOutOfRoom = slot.overdrawn
    this.#finish(slot, invocation, started)
    if (invocation.stop !== undefined) return invocation.stop
    if (isOutOfRoom) return outOfRoom(agent, limits.memoryBytes)
    return isOutOfFuel ? outOfFuel(agent) : error
  }

  #finish(slot: Slot, invocation: Invocation, started: number): void {
    invocation.fuelUsed = slot.meter.used
    this.#pauses += invocation.pauses
    invocation.ran()
    const { waited, fuelUsed } = invocation
    const now = performance.now()
    // Fuel of its own code: marks do not slow the host's work.
    const ownFuel = fuelUsed - slot.meter.hostFuel
    if (!waited && this.#parts.choice.note(ownFuel, (now - started) * MICROS))
      void this.#switchToCopy()
    this.#giveBack(slot, invocation, now)
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

  stats(): SandboxStats {
    return {
      pauses: this.#pauses,
      slots: this.#borrower.slots,
      slotsWaiting: this.#parts.pool.waitingOf(this.#borrower),
      imageBytes: this.#image?.ownBytes ?? 0,
      stampMicros: this.#stamps.median,
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

  /** A slot that carries the image; a promise only when there is none to be had at once. */
  #borrow(invocation: Invocation, host: HostDispatcher): Slot | Promise<Slot> {
    for (;;) {
      const request = this.#request(host)
      const slot = this.#parts.pool.borrow(request, invocation.depth)
      if (slot === undefined) return this.#borrowLater(request, invocation, host)
      if (this.#tryStamp(slot)) return slot
    }
  }

  async #borrowLater(
    request: BorrowRequest<Slot>,
    invocation: Invocation,
    host: HostDispatcher,
  ): Promise<Slot> {
    invocation.watchDeadline()
    const slot = await new Promise<Slot>((resolve, reject) => {
      const leave = this.#parts.pool.wait(request, invocation.depth, { resolve, reject })
      invocation.onStop = (reason) => {
        leave()
        reject(reason)
      }
    })
    if (invocation.stop !== undefined) {
      this.#giveBack(slot, invocation)
      throw invocation.stop
    }
    return this.#tryStamp(slot) ? slot : this.#borrow(invocation, host)
  }

  /** Made once, because it changes only with the shape. */
  #request(host: HostDispatcher): BorrowRequest<Slot> {
    const image = this.#image
    if (image === undefined) return this.#requestForOne(host)
    return (this.#standing ??= this.#portable
      ? this.#requestForAny(image)
      : this.#requestForOwn(image))
  }

  /** For one invocation: nothing else has this for a shape. */
  #requestForOne(host: HostDispatcher): BorrowRequest<Slot> {
    return {
      shape: {},
      image: this,
      agent: this.#borrower,
      create: () =>
        this.#made(() =>
          this.#initialised(REPEATED_FUEL, this.#earlyCall === undefined ? undefined : host),
        ),
    }
  }

  // Closures that are kept are made where no invocation is in scope, because they would keep it as well.
  #requestForOwn(image: Image): BorrowRequest<Slot> {
    const create = (): Slot => this.#made(() => this.#withOwnImage())
    return { shape: this, image, agent: this.#borrower, create }
  }

  #requestForAny(image: Image): BorrowRequest<Slot> {
    const { store } = this.#parts
    const shape = this.#shape
    const bytes = image.memoryBytes
    const create = (): Slot =>
      this.#made(() => new Slot(shape, store, { host: NO_HOST, data: undefined, bytes }))
    return { shape, image, agent: this.#borrower, create }
  }

  /** Makes a slot, and charges its time to the agent's share of the thread. */
  #made(make: () => Slot): Slot {
    const started = performance.now()
    const slot = make()
    const now = performance.now()
    this.#held.made(now - started, now)
    return slot
  }

  /** A slot in the state that initialisation left. Nothing else runs meanwhile: it may use so much `fuel`. */
  #initialised(fuel: number, host: HostDispatcher = { call: this.#parts.initial }): Slot {
    const kin = this.#portable ? this.#shape : this
    return initialisedSlot(this.#parts, { shape: this.#shape, kin, data: this.#data, fuel, host })
  }

  #withOwnImage(): Slot {
    const slot = this.#initialised(REPEATED_FUEL)
    slot.home = slot.stamper.capture()
    return slot
  }

  /** Whether the slot now carries the image. A slot that cannot is dropped: another agent's image was larger. */
  #tryStamp(slot: Slot): boolean {
    const image = slot.home ?? this.#image
    const started = performance.now()
    slot.readyAt = started
    if (image === undefined) return true
    try {
      if (slot.stamper.stamp(image) === 'discard') {
        this.#parts.pool.discard(slot)
        return false
      }
      slot.instance.reset()
    } catch (error) {
      this.#parts.pool.discard(slot)
      throw outOfMemory(error) ?? error
    }
    slot.readyAt = performance.now()
    this.#stamps.note((slot.readyAt - started) * MICROS)
    return true
  }

  #giveBack(slot: Slot, invocation: Invocation, now: number = performance.now()): void {
    const { pool } = this.#parts
    const keep = this.#image !== undefined && invocation.stop === undefined && slot.reusable
    // Another image would be stamped from pages that this one's disposal gives away.
    if (keep && !this.#released) return pool.giveBack(slot, now)
    this.#held.dropped(slot.tableBytes, this.#image !== undefined, now)
    if (slot.instance.running) slot.instance.abandon(invocation.stop)
    pool.discard(slot)
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
    this.#standing = undefined
    releaseShape(before, shapes, pool)
  }
}
