/**
 * Lets each caller have a few large bodies held at once; further ones wait unread, so that their clients hold them.
 *
 * A deploy takes 64 MiB as it arrives, and six times as much while it is read and decoded. Without a bound the holder of one
 * token could take all memory of the host. Callers do not wait for each other.
 *
 * @module
 */

const MOST_AT_ONCE = 4 // More than people deploy at once; 2.5 GB with two workers, measured with components of 60 MB

export class CallerTurns {
  readonly #callers = new Map<string, { running: number; readonly waiting: (() => void)[] }>()

  /** Does `work` when less than four of the caller are under way, in the order of the calls. */
  async take<Value>(caller: string, work: () => Promise<Value>): Promise<Value> {
    const turns = this.#callers.get(caller) ?? { running: 0, waiting: [] }
    this.#callers.set(caller, turns)
    // One that ends hands its place on, and the count stays.
    if (turns.running < MOST_AT_ONCE) turns.running++
    else await new Promise<void>((begin) => turns.waiting.push(begin))
    try {
      return await work()
    } finally {
      const next = turns.waiting.shift()
      if (next !== undefined) next()
      else if (--turns.running === 0) this.#callers.delete(caller)
    }
  }
}
