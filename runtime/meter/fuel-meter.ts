/**
 * Counts the fuel of one slot and decides, slice by slice, whether its guest may go on.
 *
 * Rewritten modules decrement a global. When it is below zero they call the host, which grants another
 * slice or not. Without one the guest traps in its own code, which no handler of a guest can catch; so the
 * function the guest calls here never throws.
 *
 * @module
 */

/**
 * About 30 µs of QuickJS, which is charged for many a slow path it does not take, and at most a few
 * milliseconds of the densest code: often enough for a deadline, too rare to cost anything.
 */
export const DEFAULT_FUEL_SLICE = 500_000

const MAX_SLICE = 2 ** 30

export interface FuelAllowance {
  /**
   * Fuel that may be used in all.
   *
   * @default as much as there is
   */
  readonly fuel?: number
  /**
   * Asked before every slice but the first: the deadline, the kill switch.
   *
   * @default it may always
   */
  mayContinue?(): boolean
}

const NO_BOUND: FuelAllowance = {}

export class FuelMeter {
  readonly slice: number
  /** To be imported by the rewritten modules of the slot, as `fuel`. */
  readonly global: WebAssembly.Global<'i32'> = new WebAssembly.Global(
    { value: 'i32', mutable: true },
    0,
  )
  #budget = Infinity
  #granted = 0
  #allowance: FuelAllowance = NO_BOUND
  #exhausted: 'budget' | 'stopped' | undefined

  /** `slice` is how much fuel is granted at once. */
  constructor(slice: number = DEFAULT_FUEL_SLICE) {
    if (!(slice > 0 && slice <= MAX_SLICE)) {
      throw new RangeError(
        `Cannot meter fuel in slices of ${slice}: not between 1 and ${MAX_SLICE}`,
      )
    }
    this.slice = slice
    this.begin()
  }

  /** Imports for rewritten modules, under the module name `mayfly`. */
  get imports(): { fuel: WebAssembly.Global<'i32'>; out_of_fuel: () => void } {
    return { fuel: this.global, out_of_fuel: () => this.#refill() }
  }

  /** Begins an invocation. Without an allowance there is no bound. */
  begin(allowance: FuelAllowance = NO_BOUND): void {
    const budget = allowance.fuel ?? Infinity
    this.#budget = budget
    this.#allowance = allowance
    this.#exhausted = undefined
    const first = Math.min(this.slice, Math.floor(budget))
    this.#granted = first
    this.global.value = first
  }

  /** Fuel used since `begin`. What a loop was charged ahead counts. */
  get used(): number {
    return this.#granted - this.global.value
  }

  /** Fuel that may still be used. */
  get left(): number {
    return this.#budget - this.used
  }

  /** Takes `fuel` that was used elsewhere from what may still be used. */
  charge(fuel: number): void {
    this.#budget -= fuel
    const excess = Math.min(this.#granted - this.#budget, this.global.value)
    if (excess <= 0) return
    this.#granted -= excess
    this.global.value -= excess
  }

  /** From now on the guest gets no more: its next fuel check is its last. */
  stop(): void {
    this.#exhausted ??= 'stopped'
    this.#granted = this.used - 1
    this.global.value = -1
  }

  /** Why the guest was refused more, if it was. */
  get exhausted(): 'budget' | 'stopped' | undefined {
    return this.#exhausted
  }

  #refill(): void {
    if (this.#exhausted !== undefined) return
    const { value } = this.global
    const left = this.#budget - this.#granted
    // One bulk operation can cost more than a slice.
    const needed = Math.max(this.slice, -value)
    if (left + value < 0) this.#exhausted = 'budget'
    else if (!this.#allowed()) this.#exhausted = 'stopped'
    if (this.#exhausted !== undefined) return
    const granted = Math.min(needed, left)
    this.#granted += granted
    this.global.value = value + granted
  }

  #allowed(): boolean {
    try {
      return this.#allowance.mayContinue?.() ?? true
    } catch {
      // Thrown from here it would be an exception the guest could catch.
      return false
    }
  }
}
