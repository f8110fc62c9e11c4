/**
 * One end of a stream or future, as a guest has it in its handle table.
 *
 * The two ends meet in what they share (`Shared`). An end knows no store, so that it can move with its table. What
 * a copy still has to do in the memory of the guest is done when the guest takes the event, in the store it is in then.
 *
 * @module
 */

import { trap, type Elements, type EndKind, type Renewable } from '../../abi/index.ts'
import type { OpenCalls } from '../call/open-calls.ts'
import { Waitable, type WaitableEvent } from '../concurrent/waitable.ts'
import type { Store } from '../store.ts'
import type { GuestBuffer } from './guest-buffer.ts'

/** The copy has ended, with all or some elements copied. */
export const COMPLETED = 0
/** The other end is gone. */
export const DROPPED = 1
/** The guest has cancelled the copy. */
export const CANCELLED = 2

export type CopyResult = typeof COMPLETED | typeof DROPPED | typeof CANCELLED

/** `done` ends can only be dropped. */
type EndState = 'idle' | 'copying' | 'cancelling' | 'done'

const EVENTS = { stream: 2, future: 4 } as const

/** What the two ends of a stream or future share: the place where a copy finds its other side. */
export interface Shared {
  readonly elements: Elements
  /** Copies from or to the buffer of `end`, or keeps it until the other side comes. */
  copy(store: Store, end: CopyEnd): void
  /** Ends the copy of `end`, which has not ended. */
  cancel(end: CopyEnd): void
  /** `end`, which is not copying, is gone. */
  drop(end: CopyEnd): void
  /** The guest has its buffer back. */
  reclaim(end: CopyEnd): void
  /** Returns the same in its first state, for a store that starts over; nothing when it was shared with the host. */
  renew(): Shared | undefined
  /** Gives the readable end to the host: a stream or a promise, which ends with `calls`. */
  toHost(store: Store, calls: OpenCalls): unknown
}

export class CopyEnd extends Waitable implements Renewable {
  readonly kind: EndKind
  readonly readable: boolean
  readonly shared: Shared
  state: EndState = 'idle'
  #buffer: GuestBuffer | undefined
  #result: CopyResult = COMPLETED
  #transfer: ((store: Store) => void) | undefined
  #release: (() => void) | undefined

  constructor(kind: EndKind, readable: boolean, shared: Shared) {
    super(false)
    this.kind = kind
    this.readable = readable
    this.shared = shared
  }

  get copying(): boolean {
    return this.state === 'copying' || this.state === 'cancelling'
  }

  /** Of the copy that runs. */
  get buffer(): GuestBuffer {
    return this.#buffer ?? trap('Cannot copy: the end has no buffer')
  }

  /** Copies belong to an earlier invocation. The other end of what was shared with the host is gone. */
  renew(): CopyEnd {
    const shared = this.shared.renew()
    const end = new CopyEnd(this.kind, this.readable, shared ?? this.shared)
    end.handle = this.handle
    if (shared === undefined || this.state === 'done') end.state = 'done'
    return end
  }

  /** Starts a copy, which may be over at once. */
  copy(store: Store, buffer: GuestBuffer): void {
    this.state = 'copying'
    this.#buffer = buffer
    this.shared.copy(store, this)
  }

  /** The copy waits for the host, so an event may come without an act of a guest. */
  waitForHost(store: Store): void {
    this.active = true
    this.#release = store.scheduler?.hold()
    store.host.awaits?.(false)
  }

  /** The copy has ended. When it had ended before, and the guest does not know, the later result counts. */
  finish(result: CopyResult): void {
    this.#result = result
    this.#stopWaiting()
    this.active = true
    this.announce()
  }

  /** The copy ends when the guest takes the event: then `transfer` runs. */
  finishWith(transfer: (store: Store) => void): void {
    this.#transfer = transfer
    this.finish(COMPLETED)
  }

  override reject(error: unknown): void {
    this.#stopWaiting()
    super.reject(error)
  }

  protected event(store: Store): WaitableEvent {
    this.#transfer?.(store)
    this.#transfer = undefined
    this.shared.reclaim(this)
    const { kind, readable } = this
    const { progress } = this.buffer
    const result = this.#resultNow()
    const isOver = result === DROPPED || (kind === 'future' && result === COMPLETED)
    this.state = isOver ? 'done' : 'idle'
    this.#buffer = undefined
    this.active = false
    const code = EVENTS[kind] + (readable ? 0 : 1)
    return [code, this.handle, kind === 'stream' ? result | (progress << 4) : result]
  }

  // A copy that could have gone on when the guest cancelled it is cancelled, though elements were copied before.
  #resultNow(): CopyResult {
    const goesOn = this.kind === 'stream' && this.buffer.remain > 0
    return this.state === 'cancelling' && goesOn && this.#result === COMPLETED
      ? CANCELLED
      : this.#result
  }

  #stopWaiting(): void {
    this.#release?.()
    this.#release = undefined
  }
}
