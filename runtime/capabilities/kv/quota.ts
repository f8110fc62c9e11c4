/**
 * Whether a write fits the quota of its store: the same sum for every driver that keeps the books itself.
 *
 * @module
 */

import type { KvEntry, KvQuota } from './driver.ts'

/** The size of a store, or the growth that a write would cause. */
export interface KvUsage {
  /** Of keys in UTF-8 and of values. */
  readonly bytes: number
  /** Keys that have a value. */
  readonly keys: number
}

/** The growth that writing `entries` causes. `lengthOf` gives the bytes of the stored value, if there is one. */
export function growthOf(
  entries: readonly KvEntry[],
  lengthOf: (key: string) => number | undefined,
): KvUsage {
  let bytes = 0
  let keys = 0
  // A key given twice is written twice but counts once, with its last value.
  for (const { key, value } of entries.length > 1 ? lastOfEach(entries) : entries) {
    const old = lengthOf(key)
    if (old === undefined) keys++
    bytes += value.length - (old ?? -encoder.encode(key).length)
  }
  return { bytes, keys }
}

/** A write that does not grow the store always fits: a store above a lowered quota must stay usable. */
export function fitsQuota(growth: KvUsage, used: KvUsage, quota: KvQuota): boolean {
  if (growth.bytes > 0 && used.bytes + growth.bytes > quota.maxBytes) return false
  return growth.keys <= 0 || used.keys + growth.keys <= quota.maxKeys
}

export function sameBytes(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  if (left === undefined || right === undefined) return left === right
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}

const encoder = new TextEncoder()

function lastOfEach(entries: readonly KvEntry[]): Iterable<KvEntry> {
  return new Map(entries.map((entry) => [entry.key, entry])).values()
}
