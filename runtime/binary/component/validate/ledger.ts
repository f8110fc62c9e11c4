/**
 * The position of validation, and the work it may still do.
 *
 * Types share their parts and components are instantiated in components, so a few hundred bytes can describe types
 * that would take for ever to compare. Code that walks types pays here for each step.
 *
 * @module
 */

import { MayflyError } from '../../../errors/index.ts'

/** Steps over parts of types. A QuickJS agent takes about 3000. */
const MAX_WORK = 1_000_000

export class Ledger {
  /** Offset of the definition that is being validated. */
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

  /** Counts work; refuses an amount that no honest component needs. */
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
