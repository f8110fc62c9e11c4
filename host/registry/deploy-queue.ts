/**
 * The queues of a registry: versions of one agent are deployed in the order of their requests, and agents are swapped one
 * at a time.
 *
 * Attenuations while a version is on its way are noted for it, so that it does not bring grants back.
 *
 * @module
 */

import type { Attenuation } from '../../runtime/policy/index.ts'

export class DeployQueue {
  /** The swap that is under way: the next swap begins from its result. */
  #swapping: Promise<unknown> = Promise.resolve()
  /** By agent, the deploy that is under way: the next deploy of the agent waits for it, others do not. */
  readonly #deploying = new Map<string, Promise<unknown>>()
  /** By agent, attenuations since the request of each deploy that has not ended. */
  readonly #attenuatedSince = new Map<string, Set<Attenuation[]>>()

  async oneSwapAtATime<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#swapping.then(work)
    this.#swapping = result.catch(() => {})
    return result
  }

  /** @param work - gets the attenuations since it was asked for, in a list that grows while it works */
  async inTurn<Value>(
    name: string,
    work: (since: readonly Attenuation[]) => Promise<Value>,
  ): Promise<Value> {
    const since: Attenuation[] = []
    const all = this.#attenuatedSince.get(name) ?? new Set()
    this.#attenuatedSince.set(name, all.add(since))
    const result = (this.#deploying.get(name) ?? Promise.resolve()).then(() => work(since))
    const done = result.catch(() => {})
    this.#deploying.set(name, done)
    try {
      return await result
    } finally {
      all.delete(since)
      if (all.size === 0) this.#attenuatedSince.delete(name)
      if (this.#deploying.get(name) === done) this.#deploying.delete(name)
    }
  }

  /** The agent was narrowed: deploys of it that are under way learn of it. */
  note(name: string, attenuation: Attenuation): void {
    for (const since of this.#attenuatedSince.get(name) ?? []) since.push(attenuation)
  }
}
