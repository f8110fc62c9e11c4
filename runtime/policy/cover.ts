/**
 * Whether one power allows another. That it reaches it, by subject, host and path, is found out by a `PowerIndex`.
 *
 * @module
 */

import type { Lease, Power } from '../grants/index.ts'

/** Whether `wide`, which reaches `narrow`, allows all of it, apart from `bounds`. */
export function allowsUnbounded(wide: Power, narrow: Power): boolean {
  return (
    wide.terms === narrow.terms &&
    endOf(wide.lease) >= endOf(narrow.lease) &&
    (wide.lease.maxUses ?? Infinity) >= (narrow.lease.maxUses ?? Infinity)
  )
}

/** Whether `wide`, which reaches `narrow`, allows all of it. */
export function allows(wide: Power, narrow: Power): boolean {
  return allowsUnbounded(wide, narrow) && raisedBounds(wide, narrow).length === 0
}

/** The names of bounds that are higher in `power` than in `than`. */
export function raisedBounds(than: Power, power: Power): string[] {
  return Object.entries(power.bounds)
    .filter(([name, bound]) => bound > (than.bounds[name] ?? 0))
    .map(([name]) => name)
}

/** Milliseconds since 1970 at which the lease ends; `Infinity` when it does not. */
export function endOf({ expires }: Lease): number {
  return expires === undefined ? Infinity : Date.parse(expires)
}

/** A path without the star at its end. Other stars are letters like all others. */
export function stemOf(path: string): string {
  return path.endsWith('*') ? path.slice(0, -1) : path
}
