/** The grant `capabilities.kv`: stores by name, each with its bounds. @module */
import * as z from 'zod/mini'
import {
  count,
  countSchema,
  describe,
  leasedRecord,
  leaseFields,
  MIB,
  name,
  power,
  quota,
  type GrantKind,
  type Lease,
} from '../../grants/index.ts'

const KV_ACCESS = ['read', 'write'] as const

/** @inline */
export interface KvStore extends Lease {
  readonly access: (typeof KV_ACCESS)[number]
  readonly maxBytes?: number
  readonly maxKeys?: number
}

/** The `kv` of a parsed manifest: stores by name. */
export type KvGrant = Readonly<Record<string, KvStore>>

export interface KvStoreGrant extends KvStore {
  readonly maxBytes: number
  readonly maxKeys: number
}

// Enough for a micro-agent. An agent that needs more sets `maxBytes`.
const DEFAULT_MAX_BYTES = 16 * MIB
const DEFAULT_MAX_KEYS = 10_000

const storeSchema = z.strictObject({
  access: describe(
    z.enum(KV_ACCESS),
    'What the agent may do: "read", or "write", which includes reading. Required.',
  ),
  maxBytes: describe(
    z.optional(countSchema),
    'Bytes the store may hold, keys and values. Default 16 MiB.',
  ),
  maxKeys: describe(z.optional(countSchema), 'Keys the store may hold. Default 10000.'),
  ...leaseFields,
})

export const kvGrant: GrantKind<KvGrant | undefined, 'kvOperations', never> = {
  schema: () =>
    describe(
      z.optional(z.record(name('a store name such as "notes"'), storeSchema)),
      'Key-value stores by name. Default: none.',
      { notes: { access: 'write' } },
    ),
  parts: leasedRecord<KvStore>({
    access: (value, { access }) => value === 'read' || value === access,
  }),
  powers: (stores) =>
    [...readKvGrant(stores)].flatMap(([store, { access, maxBytes, maxKeys, ...lease }]) => {
      const bounds = { [`kv ${store} maxBytes`]: maxBytes, [`kv ${store} maxKeys`]: maxKeys }
      return [
        power(`kv ${store} read`, lease),
        ...(access === 'write' ? [power(`kv ${store} write`, lease, bounds)] : []),
      ]
    }),
  hostSide: {
    quotas: {
      stores: 'Most stores that an agent may have.',
      maxBytes: 'Most bytes that a store may hold, keys and values.',
      maxKeys: 'Most keys that a store may hold.',
    },
    quotasOf: (stores) => [
      { field: 'stores', path: [], value: Object.keys(stores).length, isDefault: false },
      ...Object.entries(stores).flatMap(
        ([store, { maxBytes = DEFAULT_MAX_BYTES, maxKeys = DEFAULT_MAX_KEYS }]) => [
          quota(store, 'maxBytes', maxBytes, DEFAULT_MAX_BYTES),
          quota(store, 'maxKeys', maxKeys, DEFAULT_MAX_KEYS),
        ],
      ),
    ],
    usesOf: () => [],
  },
  budgets: {
    kvOperations: describe(
      z._default(count('operations'), 1_000),
      'Keys one invocation may touch in all stores: one a call, as many as it names in a batch. Default 1000.',
    ),
  },
  bounds: {},
}

// Any function that is not here writes, or may.
const READING: ReadonlySet<string> = new Set(['get', 'get-many', 'keys'])

/** The access that a WIT function of the capability needs. */
export function kvNeeds(action: string): KvStore['access'] {
  return READING.has(action) ? 'read' : 'write'
}

/** The stores with the bounds that the manifest leaves out. */
export function readKvGrant(grant: KvGrant | undefined): ReadonlyMap<string, KvStoreGrant> {
  const stores = Object.entries(grant ?? {})
  return new Map(
    stores.map(([name, { maxBytes = DEFAULT_MAX_BYTES, maxKeys = DEFAULT_MAX_KEYS, ...store }]) => [
      name,
      { ...store, maxBytes, maxKeys },
    ]),
  )
}
