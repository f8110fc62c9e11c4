/**
 * Idle slots, by shape. A slot that was idle for a while is dropped: by a timer, and whenever slots come and go. On some
 * platforms a timer ends with the request that set it, and none runs between requests.
 *
 * @module
 */

import { unref } from './unref.ts'

/** A slot, as what keeps idle ones sees it. Shapes and images are compared by identity only. */
export interface IdleSlot {
  readonly shape: object
  readonly image: object | undefined
}

interface Idle<Slot> {
  readonly slot: Slot
  readonly since: number
}

export class IdleSlots<Slot extends IdleSlot> {
  /** Within a shape the longest unused first. Empty lists stay until the next sweep: a slot is back soon. */
  readonly #byShape = new Map<object, Idle<Slot>[]>()
  readonly #idleMs: number
  readonly #forget: (slot: Slot) => void
  #sweep: ReturnType<typeof setTimeout> | undefined
  /** When the next sweep is due, on the clock of `performance.now()`. */
  #due = Infinity

  /** @param forget - called with every slot that is dropped */
  constructor(idleMs: number, forget: (slot: Slot) => void) {
    this.#idleMs = idleMs
    this.#forget = forget
  }

  add(slot: Slot, now: number): void {
    if (now >= this.#due) this.#dropUnused(now)
    const idle = this.#byShape.get(slot.shape)
    if (idle === undefined) this.#byShape.set(slot.shape, [{ slot, since: now }])
    else idle.push({ slot, since: now })
    this.#scheduleSweep(now)
  }

  /** Takes a slot of `shape`, if possible one that carries `image`. */
  take(shape: object, image: object): Slot | undefined {
    const idle = this.#byShape.get(shape)
    if (idle === undefined || idle.length === 0) return undefined
    // From the end: pages of the most recently used slot are still in the cache.
    let index = idle.length - 1
    if (idle[index]?.slot.image !== image) {
      const same = idle.findLastIndex(({ slot }) => slot.image === image)
      if (same !== -1) index = same
    }
    const found = index === idle.length - 1 ? idle.pop() : idle.splice(index, 1)[0]
    return found?.slot
  }

  /** Drops the slot that was longest unused. Returns whether there was one. */
  dropOldest(): boolean {
    let oldest: Idle<Slot>[] | undefined
    for (const idle of this.#byShape.values())
      if ((idle[0]?.since ?? Infinity) < (oldest?.[0]?.since ?? Infinity)) oldest = idle
    const found = oldest?.shift()
    if (found === undefined) return false
    this.#forget(found.slot)
    return true
  }

  /** Drops the longest unused quarter. Returns whether there were any. */
  dropQuarter(): boolean {
    let count = 0
    for (const idle of this.#byShape.values()) count += idle.length
    for (let left = Math.ceil(count / 4); left > 0; left--) this.dropOldest()
    return count > 0
  }

  dropShape(shape: object): void {
    const idle = this.#byShape.get(shape) ?? []
    this.#byShape.delete(shape)
    for (const { slot } of idle) this.#forget(slot)
  }

  dropImage(image: object): void {
    for (const [shape, idle] of this.#byShape) {
      const kept = idle.filter(({ slot }) => slot.image !== image)
      for (const { slot } of idle) if (slot.image === image) this.#forget(slot)
      if (kept.length > 0) this.#byShape.set(shape, kept)
      else this.#byShape.delete(shape)
    }
  }

  close(): void {
    clearTimeout(this.#sweep)
    for (const shape of [...this.#byShape.keys()]) this.dropShape(shape)
  }

  #scheduleSweep(now: number): void {
    if (this.#due !== Infinity) return
    this.#due = now + this.#idleMs
    this.#sweep = unref(setTimeout(() => this.#dropUnused(performance.now()), this.#idleMs))
  }

  #dropUnused(now: number): void {
    clearTimeout(this.#sweep)
    this.#due = Infinity
    const before = now - this.#idleMs
    for (const [shape, idle] of this.#byShape) {
      while (idle[0] !== undefined && idle[0].since <= before) {
        this.#forget(idle[0].slot)
        idle.shift()
      }
      if (idle.length === 0) this.#byShape.delete(shape)
    }
    if (this.#byShape.size > 0) this.#scheduleSweep(now)
  }
}
