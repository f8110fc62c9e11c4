/**
 * The agents that an invocation calls, and the fuel they burn: it is the caller's.
 *
 * @module
 */

/** The invocation of an agent that was called. */
export interface CalledInvocation {
  /** Fuel that it has burnt so far, with the agents it called. */
  readonly burntFuel: number
}

export class Callees {
  /** Fuel that those have burnt which have ended. */
  usedFuel = 0
  #calls = 0
  readonly #running = new Set<CalledInvocation>()

  /** The number of the next call, from 1. */
  nextNumber(): number {
    return ++this.#calls
  }

  began(callee: CalledInvocation): void {
    this.#running.add(callee)
  }

  /** Returns the fuel that `callee` has burnt. */
  ended(callee: CalledInvocation): number {
    this.#running.delete(callee)
    const fuel = callee.burntFuel
    this.usedFuel += fuel
    return fuel
  }

  /** Fuel that running callees use now. Several may run, so the rest of each one is not the rest of all together. */
  get burningFuel(): number {
    let fuel = 0
    for (const callee of this.#running) fuel += callee.burntFuel
    return fuel
  }
}
