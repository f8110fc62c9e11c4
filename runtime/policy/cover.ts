/** Comparisons of two powers: by what they reach, and by all that they allow. @module */

import type { Lease, Power } from '../grants/index.ts'

/** Whether `wide` reaches all that `narrow` reaches, under whichever conditions. */
export function reaches(wide: Power, narrow: Power): boolean {
  return (
    wide.subject === narrow.subject &&
    hostCovers(wide.host, narrow.host) &&
    pathCovers(wide.path, narrow.path)
  )
}

/** Whether there is something that both reach. */
export function overlaps(one: Power, other: Power): boolean {
  return (
    one.subject === other.subject &&
    (hostCovers(one.host, other.host) || hostCovers(other.host, one.host)) &&
    (pathCovers(one.path, other.path) || pathCovers(other.path, one.path))
  )
}

/** Whether `wide` allows all that `narrow` allows, apart from `bounds`. */
export function coversUnbounded(wide: Power, narrow: Power): boolean {
  return (
    reaches(wide, narrow) &&
    wide.terms === narrow.terms &&
    endOf(wide.lease) >= endOf(narrow.lease) &&
    (wide.lease.maxUses ?? Infinity) >= (narrow.lease.maxUses ?? Infinity)
  )
}

/** Whether `wide` allows all that `narrow` allows. */
export function covers(wide: Power, narrow: Power): boolean {
  return coversUnbounded(wide, narrow) && raisedBounds(wide, narrow).length === 0
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

function hostCovers(wide: string, narrow: string): boolean {
  return wide === narrow || (wide.startsWith('*.') && narrow.endsWith(wide.slice(1)))
}

function pathCovers(wide: string, narrow: string): boolean {
  return wide === narrow || (wide.endsWith('*') && narrow.startsWith(wide.slice(0, -1)))
}
