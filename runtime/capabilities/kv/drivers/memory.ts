/**
 * A key-value driver that keeps everything in the memory of one runtime.
 *
 * For tests, examples and hosts without a disk. Its values end with the process, and two workers do not see each
 * other's values.
 *
 * @module
 */

import { addToCounter, encodeCounter } from '../counter.ts'
import type {
  KvChange,
  KvChangeOutcome,
  KvDriver,
  KvEntry,
  KvIncrementOutcome,
  KvNamespace,
  KvQuota,
  KvRange,
  KvWriteOutcome,
} from '../driver.ts'
import { fitsQuota, growthOf, sameBytes } from '../quota.ts'

/** The clock of the stores. */
export interface MemoryKvOptions {
  /**
   * Milliseconds since some moment, by which values expire. A test passes its own.
   *
   * @default performance.now
   */
  now?: () => number
}

/** Key-value stores in memory. They are gone with the process, and each runtime has its own. */
export function memoryKv({ now = () => performance.now() }: MemoryKvOptions = {}): KvDriver {
  const namespaces = new Map<string, MemoryNamespace>()
  return {
    name: 'memory',
    open(namespace) {
      // An agent that is deployed again finds its values. They are dropped only with the driver.
      let opened = namespaces.get(namespace)
      if (opened === undefined) namespaces.set(namespace, (opened = new MemoryNamespace(now)))
      return opened
    },
  }
}

interface Held {
  readonly value: Uint8Array
  /** Infinity when it stays. */
  readonly expiresAt: number
}

interface Store {
  readonly values: Map<string, Held>
  /** Made when first asked for, and kept in order as keys come and go. */
  sorted: string[] | undefined
  bytes: number
  /** When the first value expires, or earlier. */
  expiresAt: number
}

class MemoryNamespace implements KvNamespace {
  readonly #stores = new Map<string, Store>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  get(store: string, key: string): Uint8Array | undefined {
    return this.#store(store).values.get(key)?.value.slice()
  }

  getMany(store: string, keys: readonly string[]): (Uint8Array | undefined)[] {
    return keys.map((key) => this.get(store, key))
  }

  set(store: string, entry: KvEntry, quota: KvQuota): KvWriteOutcome {
    return this.setMany(store, [entry], quota)
  }

  setMany(store: string, entries: readonly KvEntry[], quota: KvQuota): KvWriteOutcome {
    const target = this.#store(store)
    const growth = growthOf(entries, (key) => target.values.get(key)?.value.length)
    const used = { bytes: target.bytes, keys: target.values.size }
    if (!fitsQuota(growth, used, quota)) return 'full'
    for (const { key, value, ttlMs = Infinity } of entries) {
      const expiresAt = this.#now() + ttlMs
      if (!target.values.has(key)) target.sorted?.splice(placeIn(target.sorted, key), 0, key)
      // Copied: the caller's buffer may be a view of linear memory, which the guest will overwrite.
      target.values.set(key, { value: value.slice(), expiresAt })
      target.expiresAt = Math.min(target.expiresAt, expiresAt)
    }
    target.bytes += growth.bytes
    return 'stored'
  }

  compareAndSet(
    store: string,
    key: string,
    { expected, value, ttlMs }: KvChange,
    quota: KvQuota,
  ): KvChangeOutcome {
    const target = this.#store(store)
    if (!sameBytes(target.values.get(key)?.value, expected)) return 'changed'
    if (value !== undefined) return this.setMany(store, [{ key, value, ttlMs }], quota)
    remove(target, key)
    return 'stored'
  }

  delete(store: string, key: string): void {
    remove(this.#store(store), key)
  }

  deleteMany(store: string, keys: readonly string[]): void {
    for (const key of keys) this.delete(store, key)
  }

  keys(store: string, { prefix, after, limit }: KvRange): string[] {
    const target = this.#store(store)
    target.sorted ??= [...target.values.keys()].sort(compareUtf8)
    const { sorted } = target
    const first = placeIn(sorted, prefix)
    const next = after === undefined ? 0 : placeIn(sorted, after)
    const start = Math.max(first, sorted[next] === after ? next + 1 : next)
    const page = sorted.slice(start, start + limit)
    const end = page.findIndex((key) => !key.startsWith(prefix))
    return end === -1 ? page : page.slice(0, end)
  }

  increment(store: string, key: string, delta: bigint, quota: KvQuota): KvIncrementOutcome {
    const old = this.#store(store).values.get(key)
    const sum = addToCounter(old?.value, delta)
    if (sum === undefined) return { state: 'malformed' }
    const ttlMs = old === undefined ? undefined : old.expiresAt - this.#now()
    const written = this.setMany(store, [{ key, value: encodeCounter(sum), ttlMs }], quota)
    return written === 'full' ? { state: 'full' } : { state: 'stored', sum }
  }

  // The values of the namespace outlive the deploy that opened it.
  async [Symbol.asyncDispose](): Promise<void> {}

  /** The store, without expired values. */
  #store(name: string): Store {
    let store = this.#stores.get(name)
    if (store === undefined) {
      store = { values: new Map(), sorted: undefined, bytes: 0, expiresAt: Infinity }
      this.#stores.set(name, store)
    }
    if (store.expiresAt !== Infinity) expire(store, this.#now())
    return store
  }
}

function expire(store: Store, now: number): void {
  if (store.expiresAt > now) return
  store.expiresAt = Infinity
  // Many keys may go at once: removing each from the sorted list would take longer than sorting the rest again.
  store.sorted = undefined
  for (const [key, { expiresAt }] of store.values) {
    if (expiresAt <= now) remove(store, key)
    else store.expiresAt = Math.min(store.expiresAt, expiresAt)
  }
}

function remove(store: Store, key: string): void {
  const old = store.values.get(key)
  if (old === undefined) return
  store.values.delete(key)
  store.sorted?.splice(placeIn(store.sorted, key), 1)
  store.bytes -= new TextEncoder().encode(key).length + old.value.length
}

/** Where `key` is among `sorted`, or belongs. */
function placeIn(sorted: readonly string[], key: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    // In range.
    if (compareUtf8(sorted[middle] as string, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** The order of UTF-8 bytes is that of code points; `<` compares UTF-16 units, which differs above U+FFFF. */
function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    if (left.charCodeAt(index) === right.charCodeAt(index)) continue
    // Mid-pair both sides share the high surrogate, so comparing the low ones is right as well.
    return (left.codePointAt(index) ?? 0) - (right.codePointAt(index) ?? 0)
  }
  return left.length - right.length
}
