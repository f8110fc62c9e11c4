/**
 * The waits of one store: suspended stacks, and calls that were started and not awaited.
 *
 * V8 frees a suspended stack, and with it the whole instance, only when the promise that it waits for settles.
 * A guest whose caller has gone must therefore be unwound: its promise is rejected with the error of a real
 * trap, which no handler of a guest can catch. A promise of the host may never settle: it keeps the wait, which
 * does not know the store, so once the wait is over the promise holds nothing.
 *
 * @module
 */

import type { FlatValue } from '../../abi/index.ts'
import { trapError } from './abort.ts'
import { explain } from '../explain.ts'
import type { HostDispatcher } from '../host-dispatcher.ts'

declare const HELD: unique symbol

/** A promise that a stack may be suspended for: only `Waits` makes them. */
export type Held = Promise<FlatValue | undefined> & { readonly [HELD]: true }

/** Callbacks for a promise of the host. */
interface Listener {
  fulfilled(value: unknown): void
  rejected(error: unknown): void
}

/** The store that waits, as its waits see it. */
export interface WaitingStore {
  pinned: number
  suspended: boolean
  readonly task: { suspended: boolean } | undefined
  readonly call: { paused(): void } | undefined
  readonly host: Pick<HostDispatcher, 'runs'>
  surface(): void
  note(error: unknown): void
}

interface Wait {
  listener: Listener | undefined
  /** Unwinds the stack, where one is suspended. */
  unwind: ((error: unknown) => void) | undefined
}

/** The open waits of one store. */
export class Waits {
  readonly #store: WaitingStore
  readonly #open = new Set<Wait>()
  /** How many stacks have begun to wait. */
  begun = 0

  constructor(store: WaitingStore) {
    this.#store = store
  }

  /** How many stacks and calls wait. */
  get size(): number {
    return this.#open.size
  }

  /** Tells `listener` how `promise` settles, unless the waits are ended before. */
  watch(promise: PromiseLike<unknown>, listener: Listener): void {
    this.#follow(promise, this.#add(listener, undefined))
  }

  /**
   * Suspends the running stack until `promise` has settled. It continues with the result of `complete` or `recover`. An
   * error of these fails the store. `name` is for messages.
   */
  hold(
    promise: PromiseLike<unknown>,
    name: string,
    complete: (value: unknown) => FlatValue | Held | undefined,
    recover: (error: unknown) => FlatValue | undefined = rethrow,
  ): Held {
    this.#suspend()
    const held = new Promise<FlatValue | undefined>((resolve, reject) => {
      const goOn = (make: () => FlatValue | Held | undefined): void => {
        try {
          const value = make()
          // It may have to wait for something else now.
          if (!(value instanceof Promise)) this.#resume()
          resolve(value)
        } catch (error) {
          this.#store.note(explain(error, name))
          reject(trapError())
        }
      }
      const listener: Listener = {
        fulfilled: (value) => goOn(() => complete(value)),
        rejected: (error) => goOn(() => recover(error)),
      }
      this.#follow(promise, this.#add(listener, reject))
    })
    return held as Held // It can be ended
  }

  /** Suspends the running stack until `resume` is called. */
  park(begin: (resume: (value: FlatValue | undefined) => void) => void): Held {
    this.#suspend()
    const held = new Promise<FlatValue | undefined>((resolve, reject) => {
      const wait = this.#add(undefined, reject)
      begin((value) => {
        if (!this.#open.delete(wait)) return
        this.#resume()
        resolve(value)
      })
    })
    return held as Held // It can be ended
  }

  /** Unwinds every stack that waits, past all handlers of the guest, and forgets every call. */
  end(): void {
    if (this.#open.size === 0) return
    const waits = [...this.#open]
    this.#open.clear()
    const error = trapError()
    for (const wait of waits) {
      const { unwind } = wait
      close(wait)
      unwind?.(error)
    }
  }

  #suspend(): void {
    const store = this.#store
    this.begun++
    store.pinned = 1
    store.suspended = true
    if (store.task !== undefined) store.task.suspended = true
    store.call?.paused()
    store.host.runs?.(false)
  }

  /** Restores the state of a stack that continues: it was a separate stack, or it could not have been suspended. */
  #resume(): void {
    this.#store.surface()
    this.#store.host.runs?.(true)
  }

  #add(listener: Listener | undefined, unwind: Wait['unwind']): Wait {
    const wait: Wait = { listener, unwind }
    this.#open.add(wait)
    return wait
  }

  // The closures must not refer to the store: the promise that holds them may live for ever.
  #follow(promise: PromiseLike<unknown>, wait: Wait): void {
    const open = this.#open
    Promise.resolve(promise).then(
      (value) => take(open, wait)?.fulfilled(value),
      (error: unknown) => take(open, wait)?.rejected(error),
    )
  }
}

function take(open: Set<Wait>, wait: Wait): Listener | undefined {
  open.delete(wait)
  const { listener } = wait
  close(wait)
  return listener
}

function close(wait: Wait): void {
  wait.listener = undefined
  wait.unwind = undefined
}

function rethrow(error: unknown): never {
  throw error
}
