/**
 * What one invocation may spend beside fuel and time: one envelope, whatever it spends it through.
 *
 * A call that an agent makes of another has an envelope of its own and spends from its caller's as well, so
 * that handing work on gains nothing.
 *
 * @module
 */

export const BUDGETS = [
  'outboundRequests',
  'outboundBytes',
  'inboundBytes',
  'kvOperations',
  'logBytes',
  'toolCalls',
  'blobBytes',
] as const
export type BudgetName = (typeof BUDGETS)[number]

/** How much of each. */
export type BudgetLimits = Readonly<Record<BudgetName, number>>

/** A budget of nothing. */
export function emptyBudget(): Budget {
  // Every name is in the list.
  return new Budget(Object.fromEntries(BUDGETS.map((name) => [name, 0])) as BudgetLimits)
}

export class Budget {
  readonly #limits: BudgetLimits
  readonly #caller: Budget | undefined
  /** What was spent, by name; what is absent was not. */
  readonly #spent: Partial<Record<BudgetName, number>> = {}
  #exceeded: BudgetName | undefined

  constructor(limits: BudgetLimits, caller?: Budget) {
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
    const own = this.#limits[name] - this.spent(name)
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
