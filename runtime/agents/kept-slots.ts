/**
 * Why guests of an agent keep their slots although they wait.
 *
 * @module
 */

/** Guests that wait, as an operator sees them. */
export interface KeptStats {
  /** How often one has given its slot back while it waited. */
  readonly moves: number
  /** Guests that keep their slots now although they wait for long, by reason. */
  readonly kept: Readonly<Record<string, number>>
}

export class KeptSlots {
  readonly #reasons = new Map<string, number>()
  #moves = 0

  stats(): KeptStats {
    return { moves: this.#moves, kept: Object.fromEntries(this.#reasons) }
  }

  /** A guest has given its slot back. */
  moved(): void {
    this.#moves++
  }

  add(reason: string): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1)
  }

  remove(reason: string): void {
    const left = (this.#reasons.get(reason) ?? 0) - 1
    if (left > 0) this.#reasons.set(reason, left)
    else this.#reasons.delete(reason)
  }
}
