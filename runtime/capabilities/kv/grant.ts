/**
 * What the manifest grants under `capabilities.kv`, with the bounds it leaves out.
 *
 * @module
 */

import type { KvStore } from '../../manifest/index.ts'

/** The `kv` of a parsed manifest: stores by name. */
export type KvGrant = Readonly<Record<string, KvStore>>

export interface KvStoreGrant extends KvStore {
  readonly maxBytes: number
  readonly maxKeys: number
}

// Room for what a micro-agent remembers; an agent that needs more says so.
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024
const DEFAULT_MAX_KEYS = 10_000

export function readKvGrant(grant: KvGrant | undefined): ReadonlyMap<string, KvStoreGrant> {
  const stores = Object.entries(grant ?? {})
  return new Map(
    stores.map(([name, { maxBytes = DEFAULT_MAX_BYTES, maxKeys = DEFAULT_MAX_KEYS, ...store }]) => [
      name,
      { ...store, maxBytes, maxKeys },
    ]),
  )
}
