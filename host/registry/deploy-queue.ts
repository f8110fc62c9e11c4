/**
 * The queues of a registry: versions of one agent are deployed in the order of their requests, and agents are swapped one
 * at a time.
 *
 * @module
 */

export class DeployQueue {
  /** The swap that is under way: the next swap begins from its result. */
  #swapping: Promise<unknown> = Promise.resolve()
  /** By agent, the deploy that is under way: the next deploy of the agent waits for it, others do not. */
  readonly #deploying = new Map<string, Promise<unknown>>()

  async oneSwapAtATime<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#swapping.then(work)
    this.#swapping = result.catch(() => {})
    return result
  }

  async inTurn<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
    const result = (this.#deploying.get(name) ?? Promise.resolve()).then(work)
    const done = result.catch(() => {})
    this.#deploying.set(name, done)
    try {
      return await result
    } finally {
      if (this.#deploying.get(name) === done) this.#deploying.delete(name)
    }
  }
}
