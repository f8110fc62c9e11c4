/**
 * Where validation stands and what it may still cost.
 *
 * Types share their parts and components are instantiated in components, so a few hundred bytes can describe
 * what takes for ever to compare. Whoever walks types pays for each step here.
 *
 * @module
 */

import { MayflyError } from '../../../errors/index.ts'

/** Steps over parts of types. A QuickJS agent takes about 3000. */
const MAX_WORK = 1_000_000

export class Ledger {
  /** Where what is being validated begins. */
  offset = 0
  #work = 0

  /** Throws ERR_COMPONENT_MALFORMED; `state` completes `Cannot validate component: `. */
  fail(state: string): never {
    throw new MayflyError(
      'ERR_COMPONENT_MALFORMED',
      `Cannot validate component: ${state} at byte ${this.offset}`,
      { facts: { offset: this.offset } },
    )
  }

  /** Counts work; refuses what no honest component needs. */
  spend(work: number): void {
    this.#work += work
    if (this.#work > MAX_WORK) this.fail('its types take more work than allowed')
  }

  /** Returns element `index`, or says how many there are. */
  at<T>(elements: readonly T[], index: number, what: string): T {
    const element = elements[index]
    return element === undefined ? this.fail(`${what} ${index} of ${elements.length}`) : element
  }
}
