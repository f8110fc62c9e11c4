/**
 * Which counts of uses a new version of an agent goes on with: a lease that was used is not renewed by a rule that moves,
 * is split or becomes narrower.
 *
 * @module
 */

import type { Power } from '../grants/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import { placesOf, powersIn } from './granted.ts'
import { PowerIndex } from './power-index.ts'

/**
 * Returns for each part of `after` the part of `before` that it shares its count with: the same rule, leases aside; or, of
 * those that reach some of the same, the most used. Nothing for a part that reaches what no part did.
 *
 * @param uses - counts of the parts of `before`; these and the parts are in the order of `leaseNames`
 */
export function carriedUses(
  before: Capabilities,
  after: Capabilities,
  uses: readonly number[],
): (number | undefined)[] {
  const old = partsOf(before)
  const partOf = new Map(old.flatMap((powers, part) => powers.map((power) => [power, part])))
  const index = new PowerIndex(partOf.keys())
  const sames = Map.groupBy(old.keys(), (part) => meaningOf(old[part] ?? []))
  return partsOf(after).map((powers) => {
    const same = sames.get(meaningOf(powers)) ?? []
    // Of equal rules each has its own count, as before.
    if (same.length > 0) return same.length === 1 ? same[0] : same.shift()
    let most: number | undefined
    for (const power of powers) {
      for (const other of index.common(power)) {
        const part = partOf.get(other) ?? 0
        if (most === undefined || (uses[part] ?? 0) > (uses[most] ?? 0)) most = part
      }
    }
    return most
  })
}

function partsOf(capabilities: Capabilities): Power[][] {
  return placesOf(capabilities).map(({ only }) => powersIn(only))
}

/** The same text for the same rule, however it is ordered and whatever its lease and its bounds are. */
function meaningOf(powers: readonly Power[]): string {
  const texts = powers.map(({ subject, host, path, terms }) =>
    JSON.stringify([subject, host, path, terms]),
  )
  return [...new Set(texts)].toSorted().join()
}
