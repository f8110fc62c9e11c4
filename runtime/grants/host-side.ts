/**
 * The side of a grant that a host policy decides about: numbers that take room on the host, and things of the host that
 * the grant names.
 *
 * @module
 */

/** A number of a grant that a host policy can bound. */
export interface Quota {
  /** Which of `quotas` bounds it. */
  readonly field: string
  /** Where it stands in the grant. */
  readonly path: readonly string[]
  readonly value: number
  /** Whether it is the number of a manifest that names none: then a lower bound takes its place. */
  readonly isDefault: boolean
}

/** The number `field` of the entry `entry` of a grant, where a manifest that names none has `byDefault`. */
export function quota(entry: string, field: string, value: number, byDefault: number): Quota {
  return { field, path: [entry, field], value, isDefault: value === byDefault }
}

/** Lists of a host policy that say what of a host agents may name. */
export const HOST_LISTS = ['networks', 'env', 'secrets', 'tools'] as const
export type HostList = (typeof HOST_LISTS)[number]

/** One thing of the host that a grant names. */
export interface HostUse {
  /** The list of a host policy that it has to be in. */
  readonly list: HostList
  readonly name: string
  /** Where it stands in the grant. */
  readonly path: readonly (string | number)[]
  /** Where it is sent. Absent when it stays on the host. */
  readonly host?: string
  /** The use of a secret that stays on the host, such as `hmac-sha256`; `text` where the agent reads it. */
  readonly usage?: string
}

export interface HostSide<Grant> {
  /** Quotas in a host policy, by name, each with a sentence that says what it bounds. */
  readonly quotas: Readonly<Record<string, string>>
  /** The numbers of the grant that these bound. */
  quotasOf(grant: Grant): readonly Quota[]
  usesOf(grant: Grant): readonly HostUse[]
}

/** For a grant with nothing to bound and nothing to list. */
export function noHostSide<Grant>(): HostSide<Grant> {
  return { quotas: {}, quotasOf: () => [], usesOf: () => [] }
}
