/**
 * What the manifest grants under `capabilities.kv`: stores by name.
 *
 * @module
 */

export interface KvStoreGrant {
  readonly access: 'read' | 'write'
  readonly maxBytes: number
  readonly maxKeys: number
}

/** As in agent.json. */
export interface KvStoreOptions {
  /** `write` includes reading. */
  readonly access: 'read' | 'write'
  /**
   * Keys and values together, in bytes.
   *
   * @default 16_777_216
   */
  readonly maxBytes?: number
  /**
   * Keys the store may hold.
   *
   * @default 10_000
   */
  readonly maxKeys?: number
}

export type KvGrant = Readonly<Record<string, KvStoreOptions | 'read' | 'write'>>

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024
const DEFAULT_MAX_KEYS = 10_000

export function readKvGrant(grant: KvGrant | undefined): ReadonlyMap<string, KvStoreGrant> {
  const stores = new Map<string, KvStoreGrant>()
  for (const [name, options] of Object.entries(grant ?? {})) {
    const store = typeof options === 'string' ? { access: options } : options
    stores.set(name, {
      access: store.access,
      maxBytes: store.maxBytes ?? DEFAULT_MAX_BYTES,
      maxKeys: store.maxKeys ?? DEFAULT_MAX_KEYS,
    })
  }
  return stores
}
