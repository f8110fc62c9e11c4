/**
 * The contract between the capability `kv` and a key-value backend.
 *
 * A driver knows keys, bytes, quotas and when a value expires. Grants and budgets are checked above it. It may answer
 * at once or with a promise: an answer at once does not suspend the guest and is far cheaper.
 *
 * @module
 */

import type { Awaitable } from '../../host-module/index.ts'

export type { Awaitable }

/** The size a store may grow to. A value counts with its key. An expired value does not count. */
export interface KvQuota {
  /** Bytes of keys and values. */
  readonly maxBytes: number
  /** Keys that have a value. */
  readonly maxKeys: number
}

/** Which keys of a store are asked for. */
export interface KvRange {
  /** Only keys that begin with it; empty for all. */
  readonly prefix: string
  /** Only keys after this one. */
  readonly after: string | undefined
  /** At most as many. */
  readonly limit: number
}

/** A value to write. */
export interface KvEntry {
  /** Any text, of any length that the quota allows. */
  readonly key: string
  /** The caller may overwrite it afterwards: an implementation keeps a copy. */
  readonly value: Uint8Array
  /** Milliseconds until it is gone. Nothing when it stays until it is replaced or deleted. */
  readonly ttlMs?: number | undefined
}

/** A write that happens only if the store has the expected value. */
export interface KvChange {
  /** The value that must be stored now; `undefined` for no value. */
  readonly expected: Uint8Array | undefined
  /** The value that is stored afterwards; `undefined` removes the key. */
  readonly value: Uint8Array | undefined
  /** Milliseconds until the new value is gone. Nothing when it stays. */
  readonly ttlMs?: number | undefined
}

/** `full`: the quota does not allow it, and nothing was written. */
export type KvWriteOutcome = 'stored' | 'full'

/** `changed`: something else was there than expected, and nothing was written. */
export type KvChangeOutcome = KvWriteOutcome | 'changed'

/** The outcome of adding to a counter. */
export type KvIncrementOutcome =
  | { readonly state: 'stored'; readonly sum: bigint }
  /** The stored value is not a decimal number, or the sum does not fit in 64 bits. */
  | { readonly state: 'malformed' }
  | { readonly state: 'full' }

/**
 * The stores of one agent. Nothing in here is visible to another agent.
 *
 * Each call is atomic, also between threads and processes that share the backend: no reader sees half of it, and
 * after a crash either all of it is stored or nothing.
 */
export interface KvNamespace extends AsyncDisposable {
  /** Nothing when there is no value, or it has expired. */
  get(store: string, key: string): Awaitable<Uint8Array | undefined>
  /** As many values as keys, in their order. */
  getMany(store: string, keys: readonly string[]): Awaitable<(Uint8Array | undefined)[]>
  /** Writes a value, over any that is there. */
  set(store: string, entry: KvEntry, quota: KvQuota): Awaitable<KvWriteOutcome>
  /** Writes all of them or none. Of two with the same key the later stays. */
  setMany(store: string, entries: readonly KvEntry[], quota: KvQuota): Awaitable<KvWriteOutcome>
  /** Writes `change.value` if `change.expected` is there, in one step. */
  compareAndSet(
    store: string,
    key: string,
    change: KvChange,
    quota: KvQuota,
  ): Awaitable<KvChangeOutcome>
  /** Does nothing when there is no value. */
  delete(store: string, key: string): Awaitable<void>
  /** Deletes all of them, in one step. */
  deleteMany(store: string, keys: readonly string[]): Awaitable<void>
  /** In the order of the keys' UTF-8 bytes. */
  keys(store: string, range: KvRange): Awaitable<string[]>
  /** A number that expires keeps its time. */
  increment(
    store: string,
    key: string,
    delta: bigint,
    quota: KvQuota,
  ): Awaitable<KvIncrementOutcome>
}

/** A key-value backend. It must pass `KV_CONFORMANCE`. */
export interface KvDriver {
  /** For messages and logs: `sqlite`. */
  readonly name: string
  /**
   * Opens the stores of one agent.
   *
   * @throws {MayflyError} ERR_HOST_UNAVAILABLE
   */
  open(namespace: string): Awaitable<KvNamespace>
}
