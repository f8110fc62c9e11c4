/**
 * Bounds the invocations of one agent that run at once, and chooses the next.
 *
 * Callers take turns: if two agents use this one as a tool and one of them calls it all the time, the other is delayed
 * by one turn. A call in a chain of calls waits only while another call of the same depth runs; else it gets a place
 * above the bound. Its callers in the chain cannot end before it does. So chains that waited for each other's places
 * would wait for ever.
 *
 * @module
 */
import { TurnQueue, type Verdict } from '../meter/index.ts'

/** An invocation that wants a place. */
export interface Guest {
  readonly caller: string
  /** How many calls of agents by agents it lies within; 0 when it comes from outside. */
  readonly depth: number
}

/** Callbacks of an invocation that waits. */
export interface Waiting {
  granted(): void
  /** Its place in the queue went to a caller of which fewer wait. */
  refused(): void
}

interface Waiter {
  readonly guest: Guest
  readonly waiting: Waiting
}

/** Invocations of an agent and the places of `limits.concurrency`. */
export interface PlaceUse {
  /** Invocations that run. */
  readonly running: number
  /** Invocations that wait for a place. */
  readonly queued: number
  /** Invocations that found no place in the queue, since the start. */
  readonly refused: number
}

// At the bound of as many at once: each waits for one other to end at most. It holds its request's body meanwhile.
const QUEUE_PLACES = 256

export class Places {
  readonly #max: number
  /** Running, by depth; those from outside are not counted here. */
  readonly #nested: number[] = []
  readonly #queue = new TurnQueue<string, Waiter>()
  #running = 0
  #refused = 0

  constructor(max: number) {
    this.#max = max
  }

  get use(): PlaceUse {
    return { running: this.#running, queued: this.#queue.size, refused: this.#refused }
  }

  /** Invocations of `caller` that wait for a place. */
  queuedOf(caller: string): number {
    return this.#queue.sizeOf(caller)
  }

  /** Takes a place, or returns false: then it is to be waited for. */
  take({ depth }: Guest): boolean {
    if (this.#running >= this.#max && !this.#isReserved(depth)) return false
    this.#enter(depth)
    return true
  }

  /**
   * Waits for its turn, takes a place, then calls `granted`.
   *
   * @returns a function that gives up waiting; `undefined` when the queue is full
   */
  wait(guest: Guest, waiting: Waiting): (() => void) | undefined {
    const { caller } = guest
    if (this.#queue.size >= QUEUE_PLACES) {
      this.#refused++
      const dropped = this.#queue.dropFor(caller)
      if (dropped === undefined) return undefined
      dropped.waiting.refused()
    }
    const waiter = { guest, waiting }
    this.#queue.push(caller, waiter)
    return () => void this.#queue.delete(caller, waiter)
  }

  give({ depth }: Guest): void {
    this.#running--
    if (depth > 0) this.#nested[depth] = (this.#nested[depth] ?? 0) - 1
    while (this.#queue.size > 0) {
      const next = this.#queue.next((waiter) => this.#judge(waiter, depth))
      if (next === undefined) return
      next.waiting.granted()
    }
  }

  #judge({ guest: { depth } }: Waiter, left: number): Verdict {
    if (this.#running < this.#max || (depth === left && this.#isReserved(depth))) {
      this.#enter(depth)
      return 'serve'
    }
    return this.#isReserved(left) ? 'skip' : 'stop'
  }

  #enter(depth: number): void {
    this.#running++
    if (depth > 0) this.#nested[depth] = (this.#nested[depth] ?? 0) + 1
  }

  #isReserved(depth: number): boolean {
    return depth > 0 && (this.#nested[depth] ?? 0) === 0
  }
}
