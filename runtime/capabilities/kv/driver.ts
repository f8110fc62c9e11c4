/**
 * What a key-value backend is to the `kv` capability.
 *
 * A driver knows keys, bytes and quotas; grants and calls are counted above it. It may answer at once or
 * with a promise: an answer at once does not suspend the guest and is far cheaper.
 *
 * @module
 */

export type Awaitable<Value> = Value | Promise<Value>

/** The size a store may grow to. A value counts with its key. */
export interface KvQuota {
  readonly maxBytes: number
  readonly maxKeys: number
}

export interface KvRange {
  readonly prefix: string
  /** Only keys after this one. */
  readonly after: string | undefined
  readonly limit: number
}

/** `full`: the quota does not allow it, and nothing was written. */
export type KvWriteOutcome = 'stored' | 'full'

export type KvIncrementOutcome =
  | { readonly state: 'stored'; readonly sum: bigint }
  /** What is there is not a decimal number, or the sum does not fit in 64 bits. */
  | { readonly state: 'malformed' }
  | { readonly state: 'full' }

/** The stores of one agent. Nothing in here is visible to another agent. */
export interface KvNamespace extends AsyncDisposable {
  get(store: string, key: string): Awaitable<Uint8Array | undefined>
  /** The caller may overwrite `value` afterwards: an implementation keeps a copy. */
  set(store: string, key: string, value: Uint8Array, quota: KvQuota): Awaitable<KvWriteOutcome>
  delete(store: string, key: string): Awaitable<void>
  /** In the order of the keys' UTF-8 bytes. */
  keys(store: string, range: KvRange): Awaitable<string[]>
  /** In one step, also between threads and processes that share the backend. */
  increment(
    store: string,
    key: string,
    delta: bigint,
    quota: KvQuota,
  ): Awaitable<KvIncrementOutcome>
}

export interface KvDriver {
  readonly name: string
  /**
   * Opens the stores of one agent.
   *
   * @throws {MayflyError} ERR_HOST_UNAVAILABLE
   */
  open(namespace: string): Awaitable<KvNamespace>
}
