/**
 * What a guest can wait for, and the sets that it waits on.
 *
 * A waitable knows no store: it is an entry of a handle table, and may move with it. The store that the guest is in when
 * it takes an event is passed to `take`.
 *
 * @module
 */

import { trap } from '../../abi/index.ts'
import type { Store } from '../store.ts'

/** Code and two values, as the guest receives them. */
export type WaitableEvent = readonly [code: number, first: number, second: number]

/** Nothing has happened. */
export const NO_EVENT: WaitableEvent = [0, 0, 0]
/** The task that waits was asked to end. */
export const TASK_CANCELLED: WaitableEvent = [6, 0, 0]

/** The result of a built-in that would have to wait. */
export const BLOCKED = -1

/** A source of events with a number in the table of an instance. */
export abstract class Waitable {
  /** Its number in the table of its instance; 0 until that instance knows the number. */
  handle = 0
  /** Its neighbours in the queue of its set, while it is in it. */
  before: Waitable | undefined
  after: Waitable | undefined
  #set: WaitableSet | undefined
  #announced = false
  #active: boolean
  #failure: { readonly error: unknown } | undefined

  /** `active` says that an event may come, without any further act of the guest. */
  constructor(active: boolean) {
    this.#active = active
  }

  get set(): WaitableSet | undefined {
    return this.#set
  }

  /** Whether there is an event to take. */
  get ready(): boolean {
    return this.#announced || this.#failure !== undefined
  }

  /** Whether an event is there or may come, without any further act of the guest. */
  get active(): boolean {
    return this.#active
  }

  protected set active(active: boolean) {
    if (active === this.#active) return
    this.#active = active
    if (this.#set !== undefined) this.#set.active += active ? 1 : -1
  }

  /** There is an event: `event` makes it when the guest takes it. Does nothing the second time. */
  protected announce(): void {
    if (this.ready) return
    this.#announced = true
    this.#set?.enqueue(this)
  }

  /** Makes the event that was announced, in the store that the guest is in. */
  protected abstract event(store: Store): WaitableEvent

  /** The host failed: a task that waits fails with it. */
  reject(error: unknown): void {
    const { ready } = this
    this.#failure ??= { error }
    if (!ready) this.#set?.enqueue(this)
  }

  /** Takes the event that is there. */
  take(store: Store): WaitableEvent {
    if (this.#failure !== undefined) throw this.#failure.error
    this.#announced = false
    this.#set?.dequeue(this)
    return this.event(store)
  }

  /** Moves it into `set`, or out of its set. */
  join(set: WaitableSet | undefined): void {
    const from = this.#set
    if (from !== undefined) {
      from.members--
      if (this.#active) from.active--
      from.dequeue(this)
    }
    this.#set = set
    if (set === undefined) return
    set.members++
    if (this.#active) set.active++
    if (this.ready) set.enqueue(this)
  }
}

/**
 * Waitables that a guest waits on together.
 *
 * Events are taken in the order in which they were announced. No step looks at all members: a guest may have many, and
 * pays nothing for a look.
 */
export class WaitableSet {
  /** How many waitables are in it. */
  members = 0
  /** How many of them are active. */
  active = 0
  /** Tasks that wait on it. */
  waiting = 0
  #first: Waitable | undefined
  #last: Waitable | undefined
  #wake: (() => void) | undefined

  get ready(): boolean {
    return this.#first !== undefined
  }

  /** The next event, if there is one. */
  poll(store: Store): WaitableEvent | undefined {
    return this.#first?.take(store)
  }

  /** Resolves when there is an event, where one task runs alone. Traps when nothing could ever happen. */
  sleep(): Promise<void> {
    if (this.active === 0) trap('Cannot wait: nothing in the waitable set can happen')
    this.waiting++
    return new Promise((resolve) => {
      this.#wake = () => {
        this.waiting--
        resolve()
      }
      if (this.ready) this.#awake()
    })
  }

  /** Ends the sleep without an event. */
  interrupt(): void {
    this.#awake()
  }

  /** `waitable`, a member, has an event. */
  enqueue(waitable: Waitable): void {
    const last = this.#last
    waitable.before = last
    if (last === undefined) this.#first = waitable
    else last.after = waitable
    this.#last = waitable
    this.#awake()
  }

  /** Does nothing for a member that is not in the queue. */
  dequeue(waitable: Waitable): void {
    const { before, after } = waitable
    if (before === undefined) {
      if (this.#first !== waitable) return
      this.#first = after
    } else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    waitable.before = undefined
    waitable.after = undefined
  }

  /** Returns an empty set, for a store that starts over: members of this one belong to an earlier invocation. */
  renew(): WaitableSet {
    return new WaitableSet()
  }

  #awake(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}
