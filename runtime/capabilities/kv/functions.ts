/**
 * The functions of kv.wit: they reject malformed arguments, bound batches and pages, and convert answers.
 *
 * @module
 */

import type { HostFunction } from '../../host-module/contract.ts'
import { GuestError } from '../../host-module/guest-error.ts'
import type { KvEntry, KvWriteOutcome } from './driver.ts'
import type { KvGate, KvRefusals } from './gate.ts'

export interface KvLimits {
  readonly maxValueBytes: number
  /** Of all values a batch reads or writes. */
  readonly maxBatchBytes: number
}

// Long enough for two UUIDs and a path between them, short enough for the page of any B-tree.
const MAX_KEY_BYTES = 512
const MAX_PAGE_KEYS = 1000
// As many as a request needs together; each is work the driver does without a pause.
const MAX_BATCH_KEYS = 100
// A year: longer than anything that should go away by itself, and far from overflow in any driver.
const MAX_TTL_MS = 366 * 24 * 3_600_000

export function kvFunctions(
  gate: KvGate,
  { maxValueBytes, maxBatchBytes }: KvLimits,
): Readonly<Record<string, HostFunction>> {
  return {
    get: (store: string, key: string) => {
      checkKey(key)
      return gate.use({
        action: 'get',
        store,
        work: (space) => space.get(store, key),
        finish: same,
      })
    },

    set: (store: string, key: string, value: Uint8Array) =>
      write('set', store, { key, value, ttlMs: undefined }),

    put: (store: string, key: string, value: Uint8Array, ttlMs: number) =>
      write('put', store, { key, value, ttlMs }),

    delete: (store: string, key: string) => {
      checkKey(key)
      return gate.use({
        action: 'delete',
        store,
        work: (space) => space.delete(store, key),
        finish: same,
      })
    },

    keys: (store: string, prefix: string, cursor: string | undefined, limit: number) => {
      const size = Math.min(Math.max(limit, 1), MAX_PAGE_KEYS)
      // One more than asked for: whether there is a next page is known without asking again.
      const range = { prefix, after: cursor, limit: size + 1 }
      return gate.use({
        action: 'keys',
        store,
        work: (space) => space.keys(store, range),
        finish: (found) => {
          const keys = found.slice(0, size)
          return { keys, cursor: found.length > size ? keys.at(-1) : undefined }
        },
      })
    },

    increment: (store: string, key: string, delta: bigint) => {
      checkKey(key)
      return gate.use({
        action: 'increment',
        store,
        work: (space, quota) => space.increment(store, key, delta, quota),
        finish: (outcome, refuse) => {
          switch (outcome.state) {
            case 'stored':
              return outcome.sum
            case 'malformed':
              return refuse.malformed()
            case 'full':
              return refuse.full()
          }
        },
      })
    },

    compareAndSet: (
      store: string,
      key: string,
      expected: Uint8Array | undefined,
      value: Uint8Array | undefined,
      ttlMs: number | undefined,
    ) => {
      checkKey(key)
      checkTtl(ttlMs)
      if (value !== undefined) checkValue(value)
      return gate.use({
        action: 'compare-and-set',
        store,
        bytes: (expected?.length ?? 0) + (value?.length ?? 0),
        work: (space, quota) => space.compareAndSet(store, key, { expected, value, ttlMs }, quota),
        finish: (outcome, refuse) => (outcome === 'full' ? refuse.full() : outcome === 'stored'),
      })
    },

    getMany: (store: string, keys: readonly string[]) => {
      checkBatch(keys)
      return gate.use({
        action: 'get-many',
        store,
        keys: keys.length,
        work: (space) => space.getMany(store, keys),
        finish: (values, refuse) => {
          const bytes = values.reduce((sum, value) => sum + (value?.length ?? 0), 0)
          if (bytes > maxBatchBytes)
            refuse.limited('Values above maxBatchBytes of the kv capability')
          return values
        },
      })
    },

    setMany: (store: string, pairs: readonly (readonly [string, Uint8Array])[]) => {
      checkBatch(pairs.map(([key]) => key))
      for (const [, value] of pairs) checkValue(value)
      const bytes = pairs.reduce((sum, [, value]) => sum + value.length, 0)
      if (bytes > maxBatchBytes) malformed()
      const entries = pairs.map(([key, value]) => ({ key, value }))
      return gate.use({
        action: 'set-many',
        store,
        keys: entries.length,
        bytes,
        work: (space, quota) => space.setMany(store, entries, quota),
        finish: stored,
      })
    },

    deleteMany: (store: string, keys: readonly string[]) => {
      checkBatch(keys)
      return gate.use({
        action: 'delete-many',
        store,
        keys: keys.length,
        work: (space) => space.deleteMany(store, keys),
        finish: same,
      })
    },
  }

  function write(action: string, store: string, entry: KvEntry): unknown {
    checkKey(entry.key)
    checkTtl(entry.ttlMs)
    checkValue(entry.value)
    return gate.use({
      action,
      store,
      bytes: entry.value.length,
      work: (space, quota) => space.set(store, entry, quota),
      finish: stored,
    })
  }

  function checkValue(value: Uint8Array): void {
    if (value.length > maxValueBytes) malformed()
  }
}

function stored(outcome: KvWriteOutcome, refuse: KvRefusals): undefined {
  return outcome === 'full' ? refuse.full() : undefined
}

function same<Value>(value: Value): Value {
  return value
}

function checkBatch(keys: readonly string[]): void {
  if (keys.length > MAX_BATCH_KEYS) malformed()
  for (const key of keys) checkKey(key)
}

function checkKey(key: string): void {
  if (key.length === 0 || key.length > MAX_KEY_BYTES) malformed()
  // A string of n units is n to 3n bytes: only those in between need counting.
  if (key.length * 3 > MAX_KEY_BYTES && new TextEncoder().encode(key).length > MAX_KEY_BYTES) {
    malformed()
  }
}

/** Refuses NaN as well, which no comparison holds for. */
function checkTtl(ttlMs: number | undefined): void {
  if (ttlMs !== undefined && !(ttlMs >= 1 && ttlMs <= MAX_TTL_MS)) malformed()
}

function malformed(): never {
  throw new GuestError('malformed')
}
