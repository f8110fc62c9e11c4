/**
 * The fuel of a guest in another process, as far as this side knows it.
 *
 * The process counts. It reports its count with every import and at the end. Fuel that the host has used for the guest
 * goes back with the next answer. A process that lies gains fuel, and no time: the deadline is kept on this side. It
 * cannot have used more than there was, which its callers would pay and the audit log would say.
 *
 * @module
 */
import type { FuelCount } from '../meter/index.ts'

/** Fuel that the process is to count. */
export interface OwedFuel {
  /** Used by the host for the guest. */
  readonly spent: number
  /** Used by agents that it called. */
  readonly charged: number
}

export class RemoteMeter implements FuelCount {
  readonly #budget: number
  readonly #most: number
  #reported = 0
  #spent = 0
  #charged = 0
  #chargedBefore = 0

  constructor(budget: number) {
    this.#budget = budget
    // One more says that it is used up.
    this.#most = Math.min(budget + 1, Number.MAX_SAFE_INTEGER)
  }

  get used(): number {
    return this.#reported + this.#spent
  }

  get left(): number {
    return this.#budget - this.used - this.#charged - this.#chargedBefore
  }

  get overspent(): boolean {
    return this.left < 0
  }

  spend(fuel: number): void {
    this.#spent += fuel
  }

  charge(fuel: number): void {
    this.#charged += fuel
  }

  endSlice(): void {
    // The other process has slices of its own.
  }

  /** The process has counted `used`. */
  report(used: number): void {
    // It never grows smaller, whatever the process says; and what is no number is ignored.
    if (used > this.#reported && used < Infinity) this.#reported = Math.min(used, this.#most)
  }

  /** What the process does not know of yet; it will. */
  take(): OwedFuel {
    const owed = { spent: this.#spent, charged: this.#charged }
    this.#reported += owed.spent
    this.#chargedBefore += owed.charged
    this.#spent = 0
    this.#charged = 0
    return owed
  }
}
