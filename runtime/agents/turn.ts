/**
 * The turns of one guest: when its slice is over it waits in the line, at any point of its code.
 *
 * Where JavaScript has called the guest in the middle of something (its allocator, a destructor, its `post-return`) its
 * stack cannot be suspended. There it runs on, but not for long: it has a little fuel for that, and waits at its next
 * check outside.
 *
 * @module
 */
import type { ComponentInstance } from '../link/index.ts'
import type { FuelMeter } from '../meter/index.ts'
import type { Slot } from '../stamp/index.ts'
import type { Place, TurnLine } from './turn-line.ts'
import type { Waits } from './waits.ts'

/**
 * Three to ten milliseconds. Allocators of toolchains take hundreds of units a call, but where they collect
 * garbage, some millions for a heap of ten megabytes.
 */
export const SPAN_FUEL = 16_000_000
/** Bounds an argument of a million strings, each of which is allocated, to the same total. */
const FUEL_A_SPAN = 1_000

/** Has invocations take turns in their slots, and leave them while they rest. */
export interface TurnGiver<Invocation> {
  turnOf(invocation: Invocation, slot: Slot): Turn
  restOf(invocation: Invocation): Waits
}

export interface TurnParts {
  readonly line: TurnLine
  /** The agent, for the order of turns. */
  readonly agent: object
  readonly instance: ComponentInstance
  readonly meter: FuelMeter
  /** Whether its callers can be suspended too, as far as they are guests. */
  readonly callerCanPause: () => boolean
  /** Its turn has come. */
  readonly onTurn: () => void
  /** It has used more fuel than it may where it cannot be suspended. */
  readonly onExcess: () => void
}

export class Turn {
  readonly #parts: TurnParts
  #place: Place | undefined
  #isGuest = false
  /** Since when it ran on where it should have waited, in fuel used and in calls by JavaScript. */
  #runsOnSince: { readonly fuel: number; readonly spans: number } | undefined
  /** How often it has waited. */
  pauses = 0

  constructor(parts: TurnParts) {
    this.#parts = parts
  }

  /** Its slice is over: returns a promise to wait for, or `undefined` where it cannot wait. */
  next(): Promise<unknown> | undefined {
    const { instance, callerCanPause, line, agent, onTurn } = this.#parts
    if (!instance.mayPause) return undefined
    if (!instance.canPause || !callerCanPause()) {
      this.#runOn()
      return undefined
    }
    this.#runsOnSince = undefined
    this.pauses++
    if (!this.#isGuest) {
      this.#isGuest = true
      line.began(agent)
    }
    return instance.pause((resume) => {
      this.#place = line.pause(agent, () => {
        onTurn()
        resume()
      })
    })
  }

  /** The call has ended. */
  end(): void {
    const { line, agent } = this.#parts
    if (this.#place !== undefined) line.leave(this.#place)
    if (this.#isGuest) line.ended(agent)
    this.#isGuest = false
  }

  #runOn(): void {
    const { instance, meter, onExcess } = this.#parts
    const { used } = meter
    const since = (this.#runsOnSince ??= { fuel: used, spans: instance.spans })
    const allowed = SPAN_FUEL + FUEL_A_SPAN * (instance.spans - since.spans)
    if (used - since.fuel > allowed) {
      meter.stop()
      onExcess()
    } else instance.whenFree(() => meter.endSlice())
  }
}
