/**
 * A queue in which agents take turns: first come, first served within an agent, one after the other between
 * agents. A crowd of one agent so delays another by one turn, however long the crowd is.
 *
 * @module
 */

/**
 * Decides about one waiter: serve it, look at the next waiter, look at the first waiter of the next agent, or serve
 * no waiter at all.
 */
export type Verdict = 'serve' | 'skip' | 'skip-agent' | 'stop'

export class TurnQueue<Agent, Waiter> {
  /** In the order of turns: a Map keeps it. None is empty. */
  readonly #queues = new Map<Agent, Waiter[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  sizeOf(agent: Agent): number {
    return this.#queues.get(agent)?.length ?? 0
  }

  /** The waiters of `agent`, first come first. */
  of(agent: Agent): readonly Waiter[] {
    return this.#queues.get(agent) ?? []
  }

  push(agent: Agent, waiter: Waiter): void {
    const queue = this.#queues.get(agent)
    if (queue === undefined) this.#queues.set(agent, [waiter])
    else queue.push(waiter)
    this.#size++
  }

  /** Takes out a waiter that gave up. Returns whether it was there. */
  delete(agent: Agent, waiter: Waiter): boolean {
    const index = this.#queues.get(agent)?.indexOf(waiter) ?? -1
    if (index !== -1) this.#take(agent, index)
    return index !== -1
  }

  /** Looks at waiters in the order of turns until `judge` has one served, which is taken out and returned. */
  next(judge: (waiter: Waiter) => Verdict): Waiter | undefined {
    for (const [agent, queue] of this.#queues) {
      for (const [index, waiter] of queue.entries()) {
        const verdict = judge(waiter)
        if (verdict === 'stop') return undefined
        if (verdict === 'skip-agent') break
        if (verdict === 'skip') continue
        this.#take(agent, index)
        this.#toBack(agent)
        return waiter
      }
    }
    return undefined
  }

  /** Takes out the last waiter of the longest queue, if that queue is longer than the queue of `agent` would become. */
  dropFor(agent: Agent): Waiter | undefined {
    let longest: Agent | undefined
    let length = this.sizeOf(agent) + 1
    for (const [each, queue] of this.#queues) {
      if (queue.length <= length) continue
      length = queue.length
      longest = each
    }
    return longest === undefined ? undefined : this.#take(longest, length - 1)
  }

  /** Takes out all. */
  clear(): Waiter[] {
    const all = [...this.#queues.values()].flat()
    this.#queues.clear()
    this.#size = 0
    return all
  }

  #take(agent: Agent, index: number): Waiter | undefined {
    const queue = this.#queues.get(agent)
    const [waiter] = queue?.splice(index, 1) ?? []
    if (queue?.length === 0) this.#queues.delete(agent)
    this.#size--
    return waiter
  }

  #toBack(agent: Agent): void {
    const queue = this.#queues.get(agent)
    if (queue === undefined) return
    this.#queues.delete(agent)
    this.#queues.set(agent, queue)
  }
}
