/**
 * The budgets of one invocation beside fuel and time. All capabilities and faces spend from the same budgets.
 *
 * A call of a tool has its own budgets, and spends from those of its caller as well. So an agent gains nothing by
 * handing work on.
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

/** The budgets of one invocation, and the amounts it has spent. A callee spends from those of its caller as well. */
export class Budget {
  readonly #limits: Partial<BudgetLimits>
  readonly #caller: Budget | undefined
  /** Amounts spent so far, by name of the budget; a budget that is absent is untouched. */
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

  /** How much was spent, by callees as well. */
  spent(name: BudgetName): number {
    return this.#spent[name] ?? 0
  }

  /** The amount that remains: the least of this budget and those of all callers. */
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
