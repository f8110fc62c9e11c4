/**
 * Chooses how the slots of an agent are reset, from what its calls measure.
 *
 * Marking pages costs a part of every call and saves a part of every reset, so it pays for short calls and
 * loses on long ones. Small memories are copied whole: that costs less than finding out what was written.
 *
 * @module
 */
import type { Manifest } from '../manifest/index.ts'

export const RESET_MODES = ['pages', 'copy', 'fresh'] as const
export type Reset = (typeof RESET_MODES)[number]

// Copying 256 KiB takes as long as walking its map and copying the pages of a small request.
const SMALL_MEMORY_BYTES = 262_144
// What marking adds to a call: 10 to 19 % were measured with QuickJS, 150 % on loops that only store.
const MARKING_SHARE = 0.13
// What restoring by pages saves of a copy, a MiB: 45 µs were measured at 1.4 MiB.
const SAVED_MICROS_A_MIB = 32
const MIB = 1_048_576
// Measured with QuickJS: 200,000 in the 45 µs of a small answer.
const FUEL_A_MICRO = 4_500
// Calls looked at before each decision.
const SAMPLE_CALLS = 256
// The first calls run code that V8 has not optimised yet: they tell nothing of those to come.
const WARM_UP_SAMPLES = 2

export class ResetChoice {
  readonly #setting: Manifest['limits']['reset']
  readonly #breakEvenMicros: number
  #reset: Reset
  #samples = 0
  #calls = 0
  #micros = 0

  /** `memoryBytes` is what the component's memories begin with. */
  constructor(setting: Manifest['limits']['reset'], memoryBytes: number) {
    this.#setting = setting
    this.#breakEvenMicros = ((memoryBytes / MIB) * SAVED_MICROS_A_MIB) / MARKING_SHARE
    this.#reset =
      setting === 'auto' ? (memoryBytes <= SMALL_MEMORY_BYTES ? 'copy' : 'pages') : setting
  }

  /** The component turned out not to allow what was chosen. */
  force(reset: Reset): void {
    this.#reset = reset
  }

  get reset(): Reset {
    return this.#reset
  }

  /**
   * Notes a call that did not wait: its fuel, 0 where it is not metered, and how long it took. Fuel comes
   * first: on a busy machine the clock says more of the neighbours than of the call.
   *
   * @returns whether the choice has changed
   */
  note(fuel: number, micros: number): boolean {
    if (this.#setting !== 'auto' || this.#reset === 'fresh') return false
    this.#calls++
    this.#micros += fuel > 0 ? fuel / FUEL_A_MICRO : micros
    if (this.#calls < SAMPLE_CALLS) return false
    const mean = this.#micros / this.#calls
    this.#calls = 0
    this.#micros = 0
    if (++this.#samples <= WARM_UP_SAMPLES) return false
    // Towards copying only: an agent whose calls became long has shown that they can be.
    if (this.#reset !== 'pages' || mean <= this.#breakEvenMicros) return false
    this.#reset = 'copy'
    return true
  }
}
