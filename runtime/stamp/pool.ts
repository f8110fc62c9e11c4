/**
 * Keeps idle slots and lends each to one invocation at a time, within a budget of bytes and memories.
 *
 * A borrower gets, in this order: an idle slot that carries its image already, an idle slot of its shape, a new slot,
 * a new slot in place of the idle slot of any agent that was longest unused. When nothing is left the borrower waits
 * in the queue of its agent. Agents take turns, so that one agent's crowd cannot starve another's. A lent slot cannot
 * be taken away, so an agent that has half the budget waits for its own slots. A call that gave its slot back while it
 * waited for its host comes before those that begin, of which one begins after each few.
 *
 * A call from agent to agent waits only while a slot is lent to another call of the same depth; else it gets a slot
 * above the budget. Its callers in the chain hold their slots until it ends, so it must not wait for those.
 *
 * Longer than other files: idle slots, budget and queue are decided together.
 *
 * @module
 */
import { isMayflyError, MayflyError } from '../errors/index.ts'
import { TurnQueue, type Verdict } from '../meter/index.ts'
import { IdleSlots } from './idle-slots.ts'
import { MemoryCeiling } from './memory-ceiling.ts'
import type { Borrower, BorrowRequest, PooledSlot, Waiting } from './pooled-slot.ts'

/** Bounds of the slots of all agents together. */
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
   * Borrowers that may wait at once. One more takes the place of the last of the agent of which most wait, or is
   * refused when that is its own.
   *
   * @default 1_024
   */
  maxWaiting?: number
  /**
   * Borrowers of one agent that may wait at once; one more is refused.
   *
   * @default 256
   */
  maxWaitingByAgent?: number
  /**
   * Idle slots unused for this many milliseconds are dropped.
   *
   * @default 10_000
   */
  idleMs?: number
}

/** Who lends slots beside the pool. */
export interface SlotGivers {
  /**
   * Called when a borrower finds no slot: a lent one may be given back now. Only one of `agent` helps, if given. Returns
   * whether one was.
   *
   * @default lent slots come back when they come
   */
  readonly onWant?: (agent: Borrower | undefined) => boolean
}

interface Waiter<Slot extends PooledSlot> extends Waiting<Slot> {
  readonly request: BorrowRequest<Slot>
  readonly depth: number
}

// A slot is lent for as long as a request takes, so the share of one agent decides how many slots another finds. With
// half, one agent never waits for another, and two greedy agents get the same amount.
const MAX_SHARE = 0.5
// Calls that wait again and again may be there at all times, of two agents or more.
const MOST_BEFORE_ONE_BEGINS = 8

export class SlotPool<Slot extends PooledSlot> {
  readonly #maxBytes: number
  readonly #maxMemories: number
  readonly #maxWaiting: number
  readonly #maxWaitingByAgent: number
  readonly #idle: IdleSlots<Slot>
  readonly #queue = new TurnQueue<Borrower, Waiter<Slot>>()
  /** Of calls that go on: they come first. */
  readonly #returning = new TurnQueue<Borrower, Waiter<Slot>>()
  /** How many calls have gone on since one that waited to begin had its slot. */
  #wentOn = 0
  readonly #onWant: SlotGivers['onWant']
  readonly #ceiling = new MemoryCeiling()
  /** Slots that are lent to calls of agents by agents, by depth. */
  readonly #nested: number[] = []
  #nestedWaiting = 0
  /** Whether the pool has nothing left for any agent: a borrower waits for the first slot that comes back. */
  #spent = false
  #refused = 0
  #bytes = 0
  #memories = 0
  #slots = 0
  #closed = false

  constructor({
    maxBytes = 2_147_483_648,
    maxMemories = 4_000,
    maxWaiting = 1_024,
    maxWaitingByAgent = 256,
    idleMs = 10_000,
    onWant,
  }: SlotPoolOptions & SlotGivers = {}) {
    this.#onWant = onWant
    this.#maxBytes = maxBytes
    this.#maxMemories = maxMemories
    this.#maxWaiting = maxWaiting
    this.#maxWaitingByAgent = maxWaitingByAgent
    this.#idle = new IdleSlots(idleMs, (slot) => this.#forget(slot))
  }

  /** Slots alive, lent or idle. */
  get slots(): number {
    return this.#slots
  }

  /** Bytes of linear memory of all slots. */
  get bytes(): number {
    return this.#bytes
  }

  /** Borrowers that wait. */
  get waiting(): number {
    return this.#queue.size + this.#returning.size
  }

  /** Borrowers that found the queue full, or lost their place in it. */
  get refused(): number {
    return this.#refused
  }

  /** How many of `agent` wait. */
  waitingOf(agent: Borrower): number {
    return this.#queue.sizeOf(agent) + this.#returning.sizeOf(agent)
  }

  /**
   * Lends a slot; nothing when the borrower must wait.
   *
   * @param depth - how many calls of agents by agents the borrower lies within
   * @throws {MayflyError} ERR_RUNTIME_CLOSED after `close`
   */
  borrow(request: BorrowRequest<Slot>, depth = 0): Slot | undefined {
    if (this.#closed) throw closedError()
    if (this.waiting === 0) this.#spent = false
    // A queue alone is not enough: waiters of an agent that has its share leave the rest to others.
    else if (this.#spent && !this.#isReserved(depth)) {
      // For the first that waits.
      this.#asksForOne(request.agent)
      return undefined
    }
    let slot = this.#take(request, depth)
    if (slot === undefined && this.#asksForOne(request.agent)) slot = this.#take(request, depth)
    return slot === undefined ? undefined : this.#lend(slot, request.agent, depth)
  }

  /**
   * Lends a slot when one comes back and it is the borrower's turn, then calls `resolve`.
   *
   * @returns a function that gives up waiting
   * @throws {MayflyError} ERR_POOL_EXHAUSTED when the queue is full, ERR_RUNTIME_CLOSED after `close`
   */
  wait(request: BorrowRequest<Slot>, depth: number, waiting: Waiting<Slot>): () => void {
    if (this.#closed) throw closedError()
    this.#makePlace(request.agent)
    return this.#enqueue(this.#queue, { request, depth, ...waiting })
  }

  /**
   * As `wait`, for a call that gave its slot back while it waited for its host, and goes on. It comes before those that
   * begin and is never refused for want of a place: it was admitted when it began.
   *
   * @throws {MayflyError} ERR_RUNTIME_CLOSED after `close`
   */
  waitToGoOn(request: BorrowRequest<Slot>, depth: number, waiting: Waiting<Slot>): () => void {
    if (this.#closed) throw closedError()
    return this.#enqueue(this.#returning, { request, depth, ...waiting })
  }

  #enqueue(queue: TurnQueue<Borrower, Waiter<Slot>>, waiter: Waiter<Slot>): () => void {
    const { agent } = waiter.request
    queue.push(agent, waiter)
    if (waiter.depth > 0) this.#nestedWaiting++
    return () => {
      if (!queue.delete(agent, waiter)) return
      this.#left(waiter)
      // This waiter may have been the reason why the others could not be served.
      this.#serve()
    }
  }

  /** Asks for a slot that `agent` may have. Returns whether one came back: others that wait may have it by now. */
  #asksForOne(agent: Borrower): boolean {
    return this.#onWant?.(this.#hasItsShare(agent) ? agent : undefined) ?? false
  }

  /** Takes a slot back. Discard a slot with grown memories instead: the budget counts its size before. */
  giveBack(slot: Slot, now: number = performance.now()): void {
    this.#returned(slot)
    if (this.#closed) return this.#forget(slot)
    this.#idle.add(slot, now)
    this.#serve()
  }

  /** Drops a lent slot: it trapped, was stopped, or cannot be restored. */
  discard(slot: Slot): void {
    this.#returned(slot)
    this.#forget(slot)
    this.#serve()
  }

  /** Drops every idle slot of `shape`, when its last agent was unloaded. */
  dropShape(shape: object): void {
    this.#idle.dropShape(shape)
  }

  /** Drops every idle slot that carries `image`, which is about to be disposed of. */
  dropImage(image: object): void {
    this.#idle.dropImage(image)
  }

  /** Drops idle slots and refuses all that wait. Lent slots are dropped when they come back. */
  close(): void {
    this.#closed = true
    for (const waiter of [...this.#returning.clear(), ...this.#queue.clear()])
      waiter.reject(closedError())
    this.#idle.close()
  }

  /** @throws {MayflyError} ERR_POOL_EXHAUSTED when there is no place for another of `agent` */
  #makePlace(agent: Borrower): void {
    const own = this.#queue.sizeOf(agent)
    if (own >= this.#maxWaitingByAgent) throw this.#exhausted(own)
    if (this.#queue.size < this.#maxWaiting) return
    const dropped = this.#queue.dropFor(agent)
    const error = this.#exhausted(this.#queue.size + (dropped === undefined ? 0 : 1))
    if (dropped === undefined) throw error
    this.#left(dropped)
    dropped.reject(error)
  }

  #exhausted(waiting: number): MayflyError {
    this.#refused++
    return new MayflyError(
      'ERR_POOL_EXHAUSTED',
      `Cannot lend a slot: ${waiting} requests wait already`,
      { hint: 'Raise the memory budget of the pool, or send less at once' },
    )
  }

  #left({ depth }: Waiter<Slot>): void {
    if (depth > 0) this.#nestedWaiting--
  }

  #lend(slot: Slot, agent: Borrower, depth: number): Slot {
    slot.borrower = agent
    slot.depth = depth
    agent.slots++
    agent.bytes += slot.bytes
    agent.memories += slot.memories
    if (depth > 0) this.#nested[depth] = (this.#nested[depth] ?? 0) + 1
    return slot
  }

  #returned(slot: Slot): void {
    const { borrower, depth } = slot
    if (borrower === undefined) return
    slot.borrower = undefined
    borrower.slots--
    borrower.bytes -= slot.bytes
    borrower.memories -= slot.memories
    if (depth > 0) this.#nested[depth] = (this.#nested[depth] ?? 0) - 1
  }

  /** Whether a call of this depth gets a slot even above the budget: no slot is lent that it could wait for. */
  #isReserved(depth: number): boolean {
    return depth > 0 && (this.#nested[depth] ?? 0) === 0
  }

  #hasItsShare({ slots, bytes, memories }: Borrower): boolean {
    if (slots === 0) return false
    return bytes >= this.#maxBytes * MAX_SHARE || memories >= this.#memoryLimit() * MAX_SHARE
  }

  #take(request: BorrowRequest<Slot>, depth: number): Slot | undefined {
    const isReserved = this.#isReserved(depth)
    if (!isReserved && this.#hasItsShare(request.agent)) return undefined
    const slot = this.#idle.take(request.shape, request.image)
    if (slot !== undefined) return slot
    const made = this.#makeRoom() || isReserved ? this.#create(request) : undefined
    if (made === undefined) this.#spent = true
    return made
  }

  /** Returns nothing when the engine has no room, but a lent slot may come back. */
  #create(request: BorrowRequest<Slot>, isRetry = false): Slot | undefined {
    let slot: Slot
    try {
      slot = request.create()
    } catch (error) {
      if (!isMayflyError(error) || error.code !== 'ERR_POOL_EXHAUSTED') throw error
      this.#ceiling.lower(this.#memories)
      if (!isRetry && this.#idle.dropQuarter()) return this.#create(request, true)
      if (this.#slots === 0) throw error
      return undefined
    }
    this.#slots++
    this.#bytes += slot.bytes
    this.#memories += slot.memories
    return slot
  }

  /** How many memories there may be: as many as the pool may have, or as the engine has room for. */
  #memoryLimit(): number {
    return Math.min(this.#maxMemories, this.#ceiling.memories)
  }

  /** Whether one more slot may be made, after dropping idle slots of other shapes if need be. */
  #makeRoom(): boolean {
    // With no live slots waiting cannot help, so try to allocate.
    const maxMemories = this.#slots > 0 ? this.#memoryLimit() : this.#maxMemories
    while (this.#bytes >= this.#maxBytes || this.#memories >= maxMemories) {
      if (!this.#idle.dropOldest()) return false
    }
    return true
  }

  /** Lends slots to waiters, as many as there is room for: the room of one slot may be enough for several. */
  #serve(): void {
    while (this.#returning.size > 0) {
      const mayOneBegin = this.#queue.size > 0 && this.#wentOn >= MOST_BEFORE_ONE_BEGINS
      if (mayOneBegin && this.#serveFrom(this.#queue, 1) > 0) {
        this.#wentOn = 0
        continue
      }
      const isOwnTurn = mayOneBegin || this.#queue.size === 0
      const most = isOwnTurn ? Infinity : MOST_BEFORE_ONE_BEGINS - this.#wentOn
      const served = this.#serveFrom(this.#returning, most)
      this.#wentOn += served
      if (served < most) break
    }
    if (this.#queue.size > 0 && this.#serveFrom(this.#queue) > 0) this.#wentOn = 0
  }

  /** Returns how many it served: `most`, unless there was nothing for the others. */
  #serveFrom(queue: TurnQueue<Borrower, Waiter<Slot>>, most = Infinity): number {
    for (let served = 0; ; served++) {
      if (served >= most) return served
      let slot: Slot | undefined
      this.#spent = false
      const waiter = queue.next((each) => {
        try {
          slot = this.#take(each.request, each.depth)
        } catch (error) {
          // Making a slot failed, and would fail for this borrower again.
          each.reject(error)
          return 'serve'
        }
        return slot === undefined ? this.#verdict() : 'serve'
      })
      if (waiter === undefined) return served
      this.#left(waiter)
      if (slot !== undefined) waiter.resolve(this.#lend(slot, waiter.request.agent, waiter.depth))
    }
  }

  /** The verdict on a waiter that got no slot: waiters of other depths may still get one. */
  #verdict(): Verdict {
    if (this.#nestedWaiting > 0) return 'skip'
    return this.#spent ? 'stop' : 'skip-agent'
  }

  #forget(slot: Slot): void {
    this.#slots--
    this.#bytes -= slot.bytes
    this.#memories -= slot.memories
    slot[Symbol.dispose]?.()
  }
}

function closedError(): MayflyError {
  return new MayflyError('ERR_RUNTIME_CLOSED', 'Cannot lend a slot: the runtime is closed')
}
