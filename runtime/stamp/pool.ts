/**
 * Keeps idle slots and lends each to one invocation at a time, within a budget of bytes and memories.
 *
 * A borrower gets, in this order: an idle slot that carries its image already, an idle slot of its shape, a
 * new slot, a new slot in place of the idle one that was longest unused. When nothing is left the borrower
 * waits, in a queue of its own agent; agents take turns, so that one agent's crowd cannot starve another's.
 *
 * Longer than other files: idle slots, budget and queue are decided together.
 *
 * @module
 */
import { isMayflyError, MayflyError } from '../errors/index.ts'
import { MemoryCeiling } from './memory-ceiling.ts'

/** What the pool knows of a slot. `image` is compared by identity only. */
export interface PooledSlot {
  /** Slots with an equal shape can carry each other's images. */
  readonly shape: object
  /** What the slot carries now; another image can be stamped on it. */
  readonly image: object | undefined
  /** Bytes of its linear memories. */
  readonly bytes: number
  /** Number of its linear memories: a process can have 16,283 at most (V8, x86-64). */
  readonly memories: number
  /** Gives back what it holds in the page store, when the pool drops it. */
  [Symbol.dispose]?(): void
}

export interface BorrowRequest<Slot extends PooledSlot> {
  readonly shape: object
  readonly image: object
  /** Whose turn it is when many wait. */
  readonly agent: object
  /** Makes a slot of this shape. */
  readonly create: () => Slot
}

export interface SlotPoolOptions {
  /**
   * Bytes of linear memory that all slots together may have.
   *
   * @default 2_147_483_648
   */
  maxBytes?: number
  /**
   * Linear memories that all slots together may have. V8 allows 16,283 in a process, shared by its threads.
   *
   * @default 4_000
   */
  maxMemories?: number
  /**
   * Borrowers that may wait at once; one more is refused.
   *
   * @default 1_024
   */
  maxWaiting?: number
  /**
   * Idle slots unused for this many milliseconds are dropped.
   *
   * @default 10_000
   */
  idleMs?: number
}

interface Waiter<Slot extends PooledSlot> {
  readonly request: BorrowRequest<Slot>
  readonly resolve: (slot: Slot) => void
  readonly reject: (error: unknown) => void
}

interface Idle<Slot> {
  readonly slot: Slot
  readonly since: number
}

export class SlotPool<Slot extends PooledSlot> {
  readonly #maxBytes: number
  readonly #maxMemories: number
  readonly #maxWaiting: number
  readonly #idleMs: number
  /** By shape; within a shape the longest unused first. */
  readonly #idle = new Map<object, Idle<Slot>[]>()
  /** One queue an agent; a Map keeps the order in which agents take turns. */
  readonly #queues = new Map<object, Waiter<Slot>[]>()
  readonly #ceiling = new MemoryCeiling()
  #waiting = 0
  #bytes = 0
  #memories = 0
  #slots = 0
  #sweep: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor({
    maxBytes = 2_147_483_648,
    maxMemories = 4_000,
    maxWaiting = 1_024,
    idleMs = 10_000,
  }: SlotPoolOptions = {}) {
    this.#maxBytes = maxBytes
    this.#maxMemories = maxMemories
    this.#maxWaiting = maxWaiting
    this.#idleMs = idleMs
  }

  /** Slots alive, lent or idle. */
  get slots(): number {
    return this.#slots
  }

  /** Bytes of linear memory of all slots. */
  get bytes(): number {
    return this.#bytes
  }

  /** Borrowers in the queue. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * Lends a slot; a promise only when the borrower must wait.
   *
   * @throws {MayflyError} ERR_POOL_EXHAUSTED when the queue is full, ERR_RUNTIME_CLOSED after `close`
   */
  borrow(request: BorrowRequest<Slot>): Slot | Promise<Slot> {
    if (this.#closed) throw closedError()
    const slot = this.#waiting === 0 ? this.#take(request) : undefined
    if (slot !== undefined) return slot
    if (this.#waiting >= this.#maxWaiting) throw exhaustedError(this.#waiting)
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(request.agent) ?? []
      queue.push({ request, resolve, reject })
      this.#queues.set(request.agent, queue)
      this.#waiting++
    })
  }

  /** Takes a slot back. One whose memories grew is to be discarded instead: the budget counts what it had. */
  giveBack(slot: Slot, now: number = performance.now()): void {
    if (this.#closed) return this.#forget(slot)
    const idle = this.#idle.get(slot.shape) ?? []
    idle.push({ slot, since: now })
    this.#idle.set(slot.shape, idle)
    if (this.#waiting > 0) this.#serveNext()
    else this.#scheduleSweep()
  }

  /** Drops a lent slot: it trapped, was stopped, or cannot be restored. */
  discard(slot: Slot): void {
    this.#forget(slot)
    if (this.#waiting > 0) this.#serveNext()
  }

  /** Drops every idle slot of `shape`, when its last agent was unloaded. */
  dropShape(shape: object): void {
    for (const { slot } of this.#idle.get(shape) ?? []) this.#forget(slot)
    this.#idle.delete(shape)
  }

  /** Drops every idle slot that carries `image`, which is about to be disposed of. */
  dropImage(image: object): void {
    for (const [shape, idle] of this.#idle) {
      const kept = idle.filter(({ slot }) => slot.image !== image)
      for (const { slot } of idle) if (slot.image === image) this.#forget(slot)
      if (kept.length > 0) this.#idle.set(shape, kept)
      else this.#idle.delete(shape)
    }
  }

  /** Drops idle slots and refuses whoever waits. Lent slots are dropped when they come back. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#sweep)
    for (const queue of this.#queues.values())
      for (const waiter of queue) waiter.reject(closedError())
    this.#queues.clear()
    this.#waiting = 0
    for (const shape of [...this.#idle.keys()]) this.dropShape(shape)
  }

  #take(request: BorrowRequest<Slot>): Slot | undefined {
    const idle = this.#idle.get(request.shape)
    if (idle !== undefined && idle.length > 0) {
      // From the end: the most recently used slot is the one whose pages are still in the cache.
      if (idle.at(-1)?.slot.image === request.image) return idle.pop()?.slot
      const same = idle.findLastIndex(({ slot }) => slot.image === request.image)
      const [found] = idle.splice(same === -1 ? idle.length - 1 : same, 1)
      return found?.slot
    }
    return this.#makeRoom() ? this.#create(request) : undefined
  }

  /** Returns nothing when the engine has no room, but a lent slot may come back. */
  #create(request: BorrowRequest<Slot>, isRetry = false): Slot | undefined {
    let slot: Slot
    try {
      slot = request.create()
    } catch (error) {
      if (!isMayflyError(error) || error.code !== 'ERR_POOL_EXHAUSTED') throw error
      this.#ceiling.lower(this.#memories)
      if (!isRetry && this.#dropIdle()) return this.#create(request, true)
      if (this.#slots === 0) throw error
      return undefined
    }
    this.#slots++
    this.#bytes += slot.bytes
    this.#memories += slot.memories
    return slot
  }

  /** Whether one more slot may be made, after dropping idle slots of other shapes if need be. */
  #makeRoom(): boolean {
    // With none of its own there is nothing to wait for: then the engine is asked.
    const ceiling = this.#slots > 0 ? this.#ceiling.memories : Infinity
    const maxMemories = Math.min(this.#maxMemories, ceiling)
    while (this.#bytes >= this.#maxBytes || this.#memories >= maxMemories) {
      const oldest = this.#oldestIdle()
      if (oldest === undefined) return false
      this.#forget(oldest)
    }
    return true
  }

  /** Drops the longest unused quarter of the idle slots. Returns whether there were any. */
  #dropIdle(): boolean {
    let count = 0
    for (const idle of this.#idle.values()) count += idle.length
    for (let left = Math.ceil(count / 4); left > 0; left--) {
      const oldest = this.#oldestIdle()
      if (oldest !== undefined) this.#forget(oldest)
    }
    return count > 0
  }

  #oldestIdle(): Slot | undefined {
    let oldest: Idle<Slot>[] | undefined
    for (const idle of this.#idle.values())
      if ((idle[0]?.since ?? Infinity) < (oldest?.[0]?.since ?? Infinity)) oldest = idle
    return oldest?.shift()?.slot
  }

  #serveNext(): void {
    for (const [agent, queue] of this.#queues) {
      const waiter = queue.shift()
      const slot = waiter === undefined ? undefined : this.#takeFor(waiter)
      if (waiter === undefined || slot === 'failed') {
        if (queue.length === 0) this.#queues.delete(agent)
        if (slot === 'failed') this.#waiting--
        continue
      }
      if (slot === undefined) {
        queue.unshift(waiter)
        return
      }
      this.#waiting--
      // To the back of the line of agents.
      this.#queues.delete(agent)
      if (queue.length > 0) this.#queues.set(agent, queue)
      waiter.resolve(slot)
      return
    }
  }

  #takeFor(waiter: Waiter<Slot>): Slot | 'failed' | undefined {
    try {
      return this.#take(waiter.request)
    } catch (error) {
      // Making a slot failed, and would fail for this borrower again.
      waiter.reject(error)
      return 'failed'
    }
  }

  #forget(slot: Slot): void {
    this.#slots--
    this.#bytes -= slot.bytes
    this.#memories -= slot.memories
    slot[Symbol.dispose]?.()
  }

  #scheduleSweep(): void {
    if (this.#sweep !== undefined) return
    this.#sweep = setTimeout(() => this.#sweepIdle(), this.#idleMs)
    // Where timers keep a process alive (Node), this one must not.
    const timer: unknown = this.#sweep
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as NodeLike).unref()
  }

  #sweepIdle(): void {
    this.#sweep = undefined
    const before = performance.now() - this.#idleMs
    for (const [shape, idle] of this.#idle) {
      while (idle[0] !== undefined && idle[0].since <= before) {
        this.#forget(idle[0].slot)
        idle.shift()
      }
      if (idle.length === 0) this.#idle.delete(shape)
    }
    if (this.#idle.size > 0) this.#scheduleSweep()
  }
}

interface NodeLike {
  unref(): void
}

function exhaustedError(waiting: number): MayflyError {
  return new MayflyError(
    'ERR_POOL_EXHAUSTED',
    `Cannot lend a slot: ${waiting} requests wait already`,
    {
      hint: 'Raise the memory budget of the pool, or send less at once',
    },
  )
}

function closedError(): MayflyError {
  return new MayflyError('ERR_RUNTIME_CLOSED', 'Cannot lend a slot: the runtime is closed')
}
