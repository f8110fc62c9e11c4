/**
 * Work that one invocation has started and not yet taken, by number.
 *
 * Capabilities that start work (`http`) share it with the one that waits (`poll`), and these must not know each other.
 * The context of the invocation is the key: every capability of an invocation sees the set, and no other invocation
 * does. Numbers are small and per invocation, so an agent can neither guess nor wait for the work of another.
 *
 * @module
 */
import { hostTimer, type Timer } from '../../host-module/index.ts'

interface Started {
  /** Nothing when it had settled when it was added. */
  readonly settling: Promise<unknown> | undefined
  settled: boolean
}

/** The owner of the set. Its signal is read only when there is something to wait for: it may be made then. */
interface Owner {
  readonly signal: AbortSignal
}

export class PendingSet {
  readonly #owner: Owner
  readonly #started = new Map<number, Started>()
  #next = 1

  constructor(owner: Owner) {
    this.#owner = owner
  }

  /** How many are started and not yet taken. */
  get size(): number {
    return this.#started.size
  }

  /** Registers `promise`, or work that is done already, and returns the number that stands for it. */
  add(promise: Promise<unknown> | undefined): number {
    const number = this.#next++
    const settled = promise === undefined
    const started: Started = { settling: promise?.then(settle, settle), settled }
    this.#started.set(number, started)
    return number

    function settle(): void {
      started.settled = true
    }
  }

  /** Spends `number`. Returns whether it stood for something. */
  delete(number: number): boolean {
    return this.#started.delete(number)
  }

  /** Returns the first of `numbers` that can be taken without waiting. An unknown number can. */
  ready(numbers: readonly number[]): number | undefined {
    return numbers.find((number) => this.#started.get(number)?.settled ?? true)
  }

  /**
   * Waits for the first of `numbers`, or until `timeoutMs` have passed. Returns without a promise when
   * there is nothing to wait for.
   */
  any(
    numbers: readonly number[],
    timeoutMs: number | undefined,
    timer: Timer = hostTimer,
  ): number | undefined | Promise<number | undefined> {
    const ready = this.ready(numbers)
    if (ready !== undefined) return ready
    if (timeoutMs !== undefined && timeoutMs <= 0) return undefined
    return this.#wait(numbers, timeoutMs, timer)
  }

  #wait(
    numbers: readonly number[],
    timeoutMs: number | undefined,
    timer: Timer,
  ): Promise<number | undefined> {
    const { signal } = this.#owner
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const cancel = timeoutMs === undefined ? undefined : timer(timeoutMs, () => end(undefined))
      signal.addEventListener('abort', abort)
      // A guest may name one of them a million times.
      for (const number of new Set(numbers)) {
        void this.#started.get(number)?.settling?.then(() => end(number))
      }

      function end(ready: number | undefined): void {
        cancel?.()
        signal.removeEventListener('abort', abort)
        resolve(ready)
      }

      // Rejected, not resolved: the guest must not run on after its invocation has ended.
      function abort(): void {
        cancel?.()
        reject(signal.reason)
      }
    })
  }
}

const sets = new WeakMap<Owner, PendingSet>()

/** The set of the invocation that `context` is of. */
export function pendingOf(context: Owner): PendingSet {
  let set = sets.get(context)
  if (set === undefined) {
    set = new PendingSet(context)
    sets.set(context, set)
  }
  return set
}
