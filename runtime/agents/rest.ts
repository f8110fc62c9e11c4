/**
 * The waits of one invocation without a stack.
 *
 * While it rests, all of it is memory, globals and handles. When it has rested for long, or others want its slot, they
 * are put aside as data and the slot goes back. When there is an event, it goes on in any slot of its shape.
 *
 * @module
 */
import { outOfMemory, type HostCall } from '../link/index.ts'
import type { Difference, Slot } from '../stamp/index.ts'
import { NO_HOST } from './dispatch.ts'
import type { Invocation } from './invocation.ts'
import type { KeptSlots } from './kept-slots.ts'
import type { SlotLender } from './slot-lender.ts'
import type { TurnGiver } from './turn.ts'
import type { Resting, WaitingRoom } from './waiting-room.ts'
import type { Waits } from './waits.ts'

export interface RestParts {
  /** The agent, for its bounds. */
  readonly agent: string
  readonly room: WaitingRoom
  readonly lender: SlotLender
  /** Counts guests that keep their slots. */
  readonly kept: KeptSlots
  readonly turns: TurnGiver<Invocation>
}

// Moving costs the guest nothing, and nothing else runs meanwhile. So all moves of a guest may take this long, and then
// no more than a small part of its time.
const MOVES_MS = 50
const MOVES_SHARE = 0.05

/** The state of a guest that is in no slot. */
interface Away {
  readonly difference: Difference
  /** Gives back what it counts for. */
  readonly release: () => void
}

export class Rest implements Resting, Waits {
  since = 0
  restedMs: number = Infinity
  readonly #parts: RestParts
  readonly #invocation: Invocation
  #call: HostCall | undefined
  #away: Away | undefined
  /** Why it keeps its slot. */
  #keeps: string | undefined
  /** How long all its moves took, in milliseconds. */
  #movesMs = 0
  /** Whether its state was larger than any may be: to find that out takes long as well. */
  #isTooLarge = false
  /** Gives up waiting for a slot. */
  #giveUp: ((reason: unknown) => void) | undefined

  constructor(parts: RestParts, invocation: Invocation) {
    this.#parts = parts
    this.#invocation = invocation
  }

  get call(): HostCall | undefined {
    return this.#call
  }

  get agent(): string {
    return this.#parts.agent
  }

  get borrower(): Resting['borrower'] {
    return this.#parts.lender.borrower
  }

  begins(call: HostCall): void {
    const { room, lender } = this.#parts
    this.#call = call
    this.#invocation.leavesLine()
    this.since = performance.now()
    room.rests(this, lender.isWanted)
  }

  suspends(): void {
    this.#settle()
    this.#keep('its stack is suspended')
  }

  resumes(): void {
    this.#settle()
  }

  leave(): boolean {
    const { agent, room, lender } = this.#parts
    const { slot } = this.#invocation
    const call = this.#call
    this.#forgetReason()
    if (slot === undefined || call?.resting !== true) return false
    const immovable = call.immovable ?? lender.immovable(slot) ?? this.#costly
    if (immovable !== undefined) return this.#keep(immovable)
    const started = performance.now()
    const bytes = room.roomFor(agent)
    const difference = bytes === undefined ? undefined : slot.stamper.difference(bytes)
    if (difference === undefined) {
      if (bytes !== undefined) this.#isTooLarge = room.isMost(bytes)
      room.refuse(this, bytes)
      return this.#keep(
        bytes === undefined
          ? 'as many wait without a slot as may'
          : 'its state is larger than there is room for',
      )
    }
    call.moveOut()
    slot.instance.host = NO_HOST
    this.#away = { difference, release: room.keep(agent, difference.bytes) }
    this.#invocation.leavesSlot()
    this.#parts.kept.moved()
    this.#movesMs += performance.now() - started
    lender.giveBack(slot)
    return true
  }

  wakes(): Promise<void> | undefined {
    this.restedMs = performance.now() - this.since
    this.#settle()
    if (this.#away === undefined) {
      this.#call = undefined
      return undefined
    }
    try {
      return this.#goesOnNow() ? undefined : this.#wakesLater()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  end(reason: unknown): boolean {
    const call = this.#call
    const away = this.#away
    this.#settle()
    this.#call = undefined
    this.#away = undefined
    this.#giveUp?.(reason)
    away?.release()
    if (call?.resting !== true) return false
    call.drop(reason)
    return true
  }

  /** Goes on in a slot that is to be had at once. A slot that is of no use makes room for another. */
  #goesOnNow(): boolean {
    for (;;) {
      const slot = this.#parts.lender.lendAgain(this.#invocation.depth)
      if (slot === undefined) return false
      if (this.#goOnIn(slot)) return true
    }
  }

  async #wakesLater(): Promise<void> {
    const { lender } = this.#parts
    do {
      const slot = await new Promise<Slot>((resolve, reject) => {
        const leave = lender.waitAgain(this.#invocation.depth, { resolve, reject })
        this.#giveUp = (reason) => {
          leave()
          reject(reason)
        }
      })
      this.#giveUp = undefined
      if (this.#goOnIn(slot)) return
      // No one may be left to give another back.
    } while (!this.#goesOnNow())
  }

  /** Returns false when the slot was of no use. */
  #goOnIn(slot: Slot): boolean {
    const { lender, turns, room } = this.#parts
    const call = this.#call
    const away = this.#away
    if (call === undefined || away === undefined) {
      // It was stopped when the slot had been lent already.
      lender.giveBack(slot)
      throw this.#invocation.stop ?? new TypeError('Cannot go on: the call has ended')
    }
    if (!lender.tryStamp(slot)) return false
    try {
      slot.stamper.apply(away.difference)
      slot.instance.moveIn(call)
    } catch (error) {
      lender.discard(slot)
      throw outOfMemory(error) ?? error
    }
    this.#away = undefined
    this.#call = undefined
    away.release()
    this.#movesMs += performance.now() - slot.readyAt
    slot.meter.begin(this.#invocation)
    this.#invocation.runsIn(slot, turns, slot.readyAt)
    room.goesOn(this)
    return true
  }

  get #costly(): string | undefined {
    if (this.#isTooLarge) return 'its state is larger than one may be'
    const { startedAt } = this.#invocation
    const mayTakeMs = Math.max(MOVES_MS, MOVES_SHARE * (performance.now() - startedAt))
    return this.#movesMs > mayTakeMs ? 'it has been moved too often for its size' : undefined
  }

  #keep(reason: string): false {
    this.#keeps = reason
    this.#parts.kept.add(reason)
    return false
  }

  /** It does not rest in its slot any more. */
  #settle(): void {
    this.#parts.room.goesOn(this)
    this.#forgetReason()
  }

  #forgetReason(): void {
    if (this.#keeps !== undefined) this.#parts.kept.remove(this.#keeps)
    this.#keeps = undefined
  }
}
