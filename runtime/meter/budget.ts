/**
 * What one invocation may spend beside fuel and time: one envelope, whatever it spends it through.
 *
 * A call that an agent makes of another has an envelope of its own and spends from its caller's as well, so
 * that handing work on gains nothing.
 *
 * @module
 */

import type { BudgetName } from '../capabilities/grants.ts'

export type { BudgetName } from '../capabilities/grants.ts'

/** How much of each. */
export type BudgetLimits = Readonly<Record<BudgetName, number>>

/** A budget of nothing. */
export function emptyBudget(): Budget {
  return new Budget({})
}

export class Budget {
  readonly #limits: Partial<BudgetLimits>
  readonly #caller: Budget | undefined
  /** What was spent, by name; what is absent was not. */
  readonly #spent: Partial<Record<BudgetName, number>> = {}
  #exceeded: BudgetName | undefined

  /** @param limits - a name that is absent has nothing to spend */
  constructor(limits: Partial<BudgetLimits>, caller?: Budget) {
    this.#limits = limits
    this.#caller = caller
  }

  /** The first that something was refused for. */
  get exceeded(): BudgetName | undefined {
    return this.#exceeded
  }

  spent(name: BudgetName): number {
    return this.#spent[name] ?? 0
  }

  /** What may still be spent, here and by every caller. */
  left(name: BudgetName): number {
    const own = (this.#limits[name] ?? 0) - this.spent(name)
    return Math.min(own, this.#caller?.left(name) ?? Infinity)
  }

  /** Spends `amount`, or nothing when that is more than is left. Returns whether it did. */
  take(name: BudgetName, amount = 1): boolean {
    if (this.left(name) < amount) {
      this.#exceeded ??= name
      return false
    }
    this.#spend(name, amount)
    return true
  }

  #spend(name: BudgetName, amount: number): void {
    this.#spent[name] = this.spent(name) + amount
    if (this.#caller !== undefined) this.#caller.#spend(name, amount)
  }
}
