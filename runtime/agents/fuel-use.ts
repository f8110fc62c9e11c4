/**
 * The fuel of one invocation: its own, in all the slots that it is in one after the other, and that of the agents it
 * calls.
 *
 * @module
 */
import { HOST_WORK_FUEL, type FuelCount, type HostWork } from '../meter/index.ts'
import { Callees } from './callees.ts'

/** The part of an invocation that burns fuel. A class of its own, not an object: each request has one. */
export abstract class FuelUse {
  /** Fuel it may burn. */
  readonly fuel: number
  /** Fuel that it has burnt in slots that it has left, or, at its end, in all. */
  fuelUsed = 0
  /** Counts its fuel while it runs, when anything does. */
  meter: FuelCount | undefined
  /** Whether its guest has asked for more fuel, or has called the host, since it is in its slot. */
  hasAsked = false
  /** Whether its guest gets neither. It is to begin again when it asks. */
  onTrial = false
  #callees: Callees | undefined
  /** Whether it is in no slot, and counts fuel when it is in one. */
  #isAway = false

  constructor(fuel: number) {
    this.fuel = fuel
  }

  /** Fuel that it may still burn, or have burnt. */
  get fuelLeft(): number {
    const callees = this.#callees
    const left = this.meter?.left ?? this.fuel - this.fuelUsed - (callees?.usedFuel ?? 0)
    return left - (callees?.burningFuel ?? 0)
  }

  /** Fuel that it has burnt itself so far. */
  get ownFuel(): number {
    return this.fuelUsed + (this.meter?.used ?? 0)
  }

  /** Fuel that it has burnt so far, with the agents it called. */
  get burntFuel(): number {
    const own = this.ownFuel
    const callees = this.#callees
    return callees === undefined ? own : own + callees.usedFuel + callees.burningFuel
  }

  /** The agents it calls. */
  get callees(): Callees {
    return (this.#callees ??= new Callees())
  }

  /** Charges the host's work for it. */
  work(kind: HostWork, amount = 1): void {
    const fuel = HOST_WORK_FUEL[kind] * amount
    if (this.meter !== undefined) this.meter.spend(fuel)
    else if (this.#isAway) this.fuelUsed += fuel
  }

  /** `meter` counts from now on, from zero. It is charged with all that was burnt before. */
  protected counts(meter: FuelCount): void {
    this.meter = meter
    this.#isAway = false
    const before = this.fuelUsed + (this.#callees?.usedFuel ?? 0)
    if (before > 0) meter.charge(before)
  }

  /** Its meter counts for another from here on. */
  protected counted(): void {
    const { meter } = this
    if (meter === undefined) return
    this.fuelUsed += meter.used
    this.meter = undefined
    this.#isAway = true
  }
}
