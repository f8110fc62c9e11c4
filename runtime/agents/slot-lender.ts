/**
 * Lends slots to the invocations of one agent, in the state that its initialisation left.
 *
 * @module
 */
import { outOfMemory, type HostDispatcher } from '../link/index.ts'
import { Borrower, Slot, type BorrowRequest, type Image, type Waiting } from '../stamp/index.ts'
import { NO_HOST } from './dispatch.ts'
import type { HeldBack } from './held-back.ts'
import type { Invocation } from './invocation.ts'
import { LatestTimes } from './latest-times.ts'
import type { SandboxParts } from './sandbox-parts.ts'

const MICROS = 1000

/** The component, as lending sees it. */
export interface LentComponent {
  readonly shape: Slot['code']
  readonly image: Image | undefined
  /** Whether any slot of the shape can carry the image; otherwise each makes its own. */
  readonly portable: boolean
  /** Whether nothing may be kept any more. */
  readonly released: boolean
  /** Makes a slot that is initialised, for one invocation. */
  initialisedFor(host: HostDispatcher): Slot
  /** Makes a slot that is initialised, with an image of its own. */
  withOwnImage(): Slot
}

type LenderParts = Pick<SandboxParts, 'pool' | 'store'>

export class SlotLender {
  readonly borrower: Borrower = new Borrower()
  readonly #parts: LenderParts
  readonly #component: LentComponent
  readonly #held: HeldBack
  /** In microseconds. */
  readonly #stamps = new LatestTimes()
  #standing: BorrowRequest<Slot> | undefined

  constructor(parts: LenderParts, component: LentComponent, held: HeldBack) {
    this.#parts = parts
    this.#component = component
    this.#held = held
  }

  /** Median of the latest stamps, in microseconds. */
  get stampMicros(): number {
    return this.#stamps.median
  }

  /** Invocations that wait for a slot. */
  get waiting(): number {
    return this.#parts.pool.waitingOf(this.borrower)
  }

  /** Whether a borrower waits for a slot, of whichever agent. */
  get isWanted(): boolean {
    return this.#parts.pool.waiting > 0
  }

  /** Why another slot cannot carry the state of `slot`; nothing when one can. */
  immovable(slot: Slot): string | undefined {
    if (!this.#component.portable || slot.home !== undefined)
      return 'each slot of its component has a state of its own'
    if (slot.stamper.outgrown) return 'its memory has grown by more than a slot keeps'
    return slot.stamper.immovable
  }

  /** The shape has changed. */
  renew(): void {
    this.#standing = undefined
  }

  /** A slot that carries the image; a promise only when there is none to be had at once. */
  borrow(invocation: Invocation, host: HostDispatcher): Slot | Promise<Slot> {
    for (;;) {
      const request = this.#request(host)
      const slot = this.#parts.pool.borrow(request, invocation.depth)
      if (slot === undefined) return this.#borrowLater(request, invocation, host)
      if (this.tryStamp(slot)) return slot
    }
  }

  /** Lends a slot, not stamped yet, to a call that goes on; nothing when it must wait. */
  lendAgain(depth: number): Slot | undefined {
    return this.#parts.pool.borrow(this.#request(NO_HOST), depth)
  }

  /** Waits for a slot for a call that goes on. It comes before those that begin, and is not refused. */
  waitAgain(depth: number, waiting: Waiting<Slot>): () => void {
    return this.#parts.pool.waitToGoOn(this.#request(NO_HOST), depth, waiting)
  }

  /** Whether the slot now carries the image. A slot that cannot is dropped: another agent's image was larger. */
  tryStamp(slot: Slot): boolean {
    const image = slot.home ?? this.#component.image
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

  /** Takes back a slot in which nothing runs; it is kept if it can serve again. */
  giveBack(slot: Slot, now: number = performance.now()): void {
    const { image, released } = this.#component
    slot.instance.vacate()
    // Another image would be stamped from pages that this one's disposal gives away.
    if (image !== undefined && slot.reusable && !released) this.#parts.pool.giveBack(slot, now)
    else this.drop(slot, undefined, now)
  }

  /** Takes back a slot whose guest was stopped, with `stop`, or cannot be trusted to have ended well. */
  drop(slot: Slot, stop: unknown, now: number = performance.now()): void {
    this.#held.dropped(slot.tableBytes, this.#component.image !== undefined, now)
    if (slot.instance.running) slot.instance.abandon(stop)
    this.#parts.pool.discard(slot)
  }

  /** Drops a slot that has served nothing. */
  discard(slot: Slot): void {
    this.#parts.pool.discard(slot)
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
      this.giveBack(slot)
      throw invocation.stop
    }
    return this.tryStamp(slot) ? slot : this.borrow(invocation, host)
  }

  /** Made once, because it changes only with the shape. */
  #request(host: HostDispatcher): BorrowRequest<Slot> {
    const { image, portable } = this.#component
    if (image === undefined) return this.#requestForOne(host)
    return (this.#standing ??= portable ? this.#requestForAny(image) : this.#requestForOwn(image))
  }

  /** For one invocation: nothing else has this for a shape. */
  #requestForOne(host: HostDispatcher): BorrowRequest<Slot> {
    return {
      shape: {},
      image: this,
      agent: this.borrower,
      create: () => this.#made(() => this.#component.initialisedFor(host)),
    }
  }

  // Closures that are kept are made where no invocation is in scope, because they would keep it as well.
  #requestForOwn(image: Image): BorrowRequest<Slot> {
    const create = (): Slot => this.#made(() => this.#component.withOwnImage())
    return { shape: this.#component, image, agent: this.borrower, create }
  }

  #requestForAny(image: Image): BorrowRequest<Slot> {
    const { store } = this.#parts
    const { shape } = this.#component
    const bytes = image.memoryBytes
    const create = (): Slot =>
      this.#made(() => new Slot(shape, store, { host: NO_HOST, data: undefined, bytes }))
    return { shape, image, agent: this.borrower, create }
  }

  /** Makes a slot, and charges its time to the agent's share of the thread. */
  #made(make: () => Slot): Slot {
    const started = performance.now()
    const slot = make()
    const now = performance.now()
    this.#held.made(now - started, now)
    return slot
  }
}
