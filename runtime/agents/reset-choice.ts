/**
 * Chooses how the slots of an agent are reset, from measurements of its calls.
 *
 * Marking pages costs a part of every call and saves a part of every reset. So it pays for short calls and loses on
 * long ones. The smallest memories are copied whole: that costs no more than finding the written pages. Small memories
 * are nearly all zeros, so marks save little, and their code may consist mostly of stores. Their pages are marked only
 * while calls are very short, and only where fuel measures that.
 *
 * @module
 */
import type { Manifest } from '../manifest/index.ts'

export const RESET_MODES = ['pages', 'copy', 'fresh'] as const
/**
 * How the slot of an invocation is put back to its image.
 *
 * @inline
 */
export type Reset = (typeof RESET_MODES)[number]

// Filling one WebAssembly page takes as long as walking its map.
const TINY_MEMORY_BYTES = 65_536
const SMALL_MEMORY_BYTES = 262_144
// Share that marking adds to a call: 10 to 19 % were measured with QuickJS.
const MARKING_SHARE = 0.13
// Microseconds that restoring by pages saves for each MiB of a copy: 45 µs were measured at 1.4 MiB.
const SAVED_MICROS_A_MIB = 32
// The same for compiled guests, 150 % being the most, on loops that only store; and 1 µs at 128 KiB.
const SMALL_MARKING_SHARE = 0.5
const SMALL_SAVED_MICROS_A_MIB = 8
const MIB = 1_048_576
// Measured with QuickJS: 200,000 in the 45 µs of a small answer.
const FUEL_A_MICRO = 4_500
// Calls looked at before each decision.
const SAMPLE_CALLS = 256
// The first calls run code that V8 has not optimised yet, so their times do not predict later ones.
const WARM_UP_SAMPLES = 2

export class ResetChoice {
  readonly #setting: Manifest['limits']['reset']
  readonly #breakEvenMicros: number
  #reset: Reset
  #samples = 0
  #calls = 0
  #micros = 0

  /** `memoryBytes` is the initial size of the component's memories; `metered` says whether its fuel is counted. */
  constructor(setting: Manifest['limits']['reset'], memoryBytes: number, metered: boolean) {
    const isSmall = memoryBytes <= SMALL_MEMORY_BYTES
    const saved = isSmall ? SMALL_SAVED_MICROS_A_MIB : SAVED_MICROS_A_MIB
    const share = isSmall ? SMALL_MARKING_SHARE : MARKING_SHARE
    const mayMark = metered ? memoryBytes > TINY_MEMORY_BYTES : !isSmall
    this.#setting = setting
    this.#breakEvenMicros = ((memoryBytes / MIB) * saved) / share
    this.#reset = setting === 'auto' ? (mayMark ? 'pages' : 'copy') : setting
  }

  /** Sets the reset, because the component turned out not to allow the chosen one. */
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
    const mostMicros = SAMPLE_CALLS * this.#breakEvenMicros
    // Fuel is the same for the first call as for the thousandth: once there is too much, it will not be less.
    const isDecided = this.#calls === SAMPLE_CALLS || (fuel > 0 && this.#micros > mostMicros)
    if (!isDecided) return false
    const isLong = this.#micros > mostMicros
    this.#calls = 0
    this.#micros = 0
    if (fuel === 0 && ++this.#samples <= WARM_UP_SAMPLES) return false
    // Changes to copying only: an agent whose calls became long has shown that they can be long.
    if (this.#reset !== 'pages' || !isLong) return false
    this.#reset = 'copy'
    return true
  }
}

/** @param memoryBytes - initial size of the component's memories */
export function choiceFor(
  { reset, metering }: Manifest['limits'],
  memoryBytes: number,
): ResetChoice {
  return new ResetChoice(reset, memoryBytes, metering === 'fuel')
}
