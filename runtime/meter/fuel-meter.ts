/**
 * Counts the fuel of one slot and decides, slice by slice, whether its guest may continue.
 *
 * Rewritten modules decrement a global. When it is below zero they call the host, which may grant another slice.
 * If the host grants none, the guest traps in its own code, because no handler of a guest can catch a trap. So the
 * function that the guest calls here never throws.
 *
 * @module
 */

/**
 * About 30 µs of QuickJS, which is charged for many a slow path it does not take, and at most a few
 * milliseconds of the densest code: often enough for a deadline, too rare to cost anything.
 */
export const DEFAULT_FUEL_SLICE = 500_000

const MAX_SLICE = 2 ** 30
// The lowest value of the global: the next decrement of the guest still fits 32 bits.
const LEAST_VALUE = -MAX_SLICE
// Access to the global takes as long as the shortest work of the host, so small amounts are collected first.
const MAX_OWED = 5_000

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
  /**
   * Asked when a slice was granted: a promise when the guest is to wait before it uses it. Only where its stack
   * can be suspended.
   *
   * @default never
   */
  pause?(): Promise<unknown> | undefined
}

/** The fuel of a guest that runs, as its invocation sees it. */
export interface FuelCount {
  /** Used so far, by the guest and by the host for it. */
  readonly used: number
  /** May still be used. */
  readonly left: number
  /** Whether the host has used more than the guest had left. */
  readonly overspent: boolean
  /** Counts `fuel` that the host used for the guest. */
  spend(fuel: number): void
  /** Subtracts `fuel` that was used elsewhere from the rest. */
  charge(fuel: number): void
  /** Has the next fuel check ask. */
  endSlice(): void
}

const NO_BOUND: FuelAllowance = {}

// Handed from the refill to the import that waits: the guest calls one right after the other.
let pausing: Promise<unknown> | undefined

// One for all meters. Missing where the platform cannot suspend a stack: there nothing pauses.
const { Suspending } = WebAssembly as unknown as {
  Suspending?: new (run: () => unknown) => WebAssembly.ImportValue
}
const waitForTurn = (): unknown => {
  const promise = pausing
  pausing = undefined
  return promise
}
const TURN = Suspending === undefined ? waitForTurn : new Suspending(waitForTurn)

export class FuelMeter implements FuelCount {
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
  /** Fuel of the host's work that the global does not know of yet. */
  #owed = 0
  #hostFuel = 0
  #overspent = false

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
  get imports(): {
    fuel: WebAssembly.Global<'i32'>
    out_of_fuel: () => number
    turn: WebAssembly.ImportValue
  } {
    return { fuel: this.global, out_of_fuel: () => this.#refill(), turn: TURN }
  }

  /** Begins an invocation. Without an allowance its fuel is not bounded. */
  begin(allowance: FuelAllowance = NO_BOUND): void {
    const budget = allowance.fuel ?? Infinity
    this.#budget = budget
    this.#allowance = allowance
    this.#exhausted = undefined
    this.#owed = 0
    this.#hostFuel = 0
    this.#overspent = false
    const first = Math.min(this.slice, Math.floor(budget))
    this.#granted = first
    this.global.value = first
  }

  /** Fuel used since `begin`, by the guest and by the host for it. It includes fuel that a loop was charged ahead. */
  get used(): number {
    return this.#granted - this.global.value + this.#owed
  }

  /** Fuel of `used` that the host has used. */
  get hostFuel(): number {
    return this.#hostFuel
  }

  /** Fuel that may still be used. */
  get left(): number {
    return this.#budget - this.used
  }

  /**
   * Whether the host has used more than the guest had left. Read it when the guest calls its host: a small loop is
   * charged ahead for many rounds, and makes no fuel check of its own during them.
   */
  get overspent(): boolean {
    return this.#overspent
  }

  /** Counts `fuel` that the host used for the guest, as if the guest had: its next check may be its last. */
  spend(fuel: number): void {
    this.#hostFuel += fuel
    this.#owed += fuel
    if (this.#owed > MAX_OWED) this.#settle()
  }

  /** Subtracts `fuel` that was used elsewhere from the rest. */
  charge(fuel: number): void {
    this.#budget -= fuel
    const excess = Math.min(this.#granted - this.#budget, this.global.value)
    if (excess <= 0) return
    this.#granted -= excess
    this.global.value -= excess
  }

  /** Ends the slice early: the next fuel check asks. */
  endSlice(): void {
    const { value } = this.global
    if (value < 0) return
    this.#granted -= value + 1
    this.global.value = -1
  }

  /** From now on the guest gets no more: its next fuel check is its last. */
  stop(): void {
    this.#exhausted ??= 'stopped'
    this.#granted = this.used - 1
    this.#owed = 0
    this.global.value = -1
  }

  /** Why the guest was refused more, if it was. */
  get exhausted(): 'budget' | 'stopped' | undefined {
    return this.#exhausted
  }

  #settle(): void {
    const { value } = this.global
    const taken = Math.min(Math.ceil(this.#owed), value - LEAST_VALUE)
    this.global.value = value - taken
    // An amount that does not fit counts as granted and used.
    this.#granted += Math.ceil(this.#owed) - taken
    this.#owed = 0
    this.#overspent = this.#granted - this.global.value > this.#budget
  }

  /** Returns 1 when the guest must wait for its turn, 0 when not. */
  #refill(): number {
    if (this.#exhausted !== undefined) return 0
    this.#settle()
    const { value } = this.global
    const left = this.#budget - this.#granted
    // One operation can cost more than a slice. A long operation asks before its slice is spent.
    const needed = Math.max(this.slice - Math.max(value, 0), -value)
    if (left + value < 0) this.#exhausted = 'budget'
    else if (!this.#allowed()) this.#exhausted = 'stopped'
    if (this.#exhausted !== undefined) {
      // It may have asked with fuel left: without, it traps.
      this.endSlice()
      return 0
    }
    const granted = Math.min(needed, left)
    this.#granted += granted
    this.global.value = value + granted
    pausing = this.#allowance.pause?.()
    return pausing === undefined ? 0 : 1
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
