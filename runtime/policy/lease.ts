/**
 * Whether a grant that was given for a time, or for so many uses, still holds.
 *
 * @module
 */

import type { Lease } from '../grants/index.ts'

/** Counts one use of a rule of an agent. Returns whether it is among the first `maxUses`. */
export type CountUse = (rule: string, maxUses: number) => boolean

/**
 * Uses the lease once. Returns why it cannot be, or nothing when it can.
 *
 * @param rule - where it stands in `capabilities`: `kv.notes`
 */
export function useLease(
  rule: string,
  { expires, maxUses }: Lease,
  countUse: CountUse,
  now: number = Date.now(),
): string | undefined {
  if (expires !== undefined && now >= Date.parse(expires)) return `${rule} expired ${expires}`
  if (maxUses !== undefined && !countUse(rule, maxUses)) {
    return `${rule} was used ${maxUses} times, as often as granted`
  }
  return undefined
}

/** The remedy for an operator when a rule has ended: only an operator can have revoked it. */
export function leaseHint(rule: string): string {
  return `If it was revoked, give it back with mayfly control grants AGENT --restore ${rule}; otherwise deploy it with --allow-new-capabilities and a new lease`
}

/** Milliseconds until the lease ends by itself; `Infinity` when it does not. */
export function leaseLeftMs({ expires }: Lease, now: number = Date.now()): number {
  return expires === undefined ? Infinity : Math.max(0, Date.parse(expires) - now)
}

/** Counts in the memory of this thread. */
export function countInMemory(): CountUse {
  const uses = new Map<string, number>()
  return function countUse(rule, maxUses) {
    const used = uses.get(rule) ?? 0
    if (used >= maxUses) return false
    uses.set(rule, used + 1)
    return true
  }
}
