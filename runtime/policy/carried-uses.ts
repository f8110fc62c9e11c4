/**
 * Which counts of uses a new version of an agent goes on with: a lease that was used is not renewed by a rule that moves,
 * is split or becomes narrower.
 *
 * @module
 */

import type { Power } from '../grants/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import { overlaps, reaches } from './cover.ts'
import { placesOf, powersIn } from './granted.ts'

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
  const old = partsOf(before).map((powers, index) => ({ powers, index, used: uses[index] ?? 0 }))
  const claimed = new Set<number>()
  return partsOf(after).map((powers) => {
    const same = old.filter((each) => isSameRule(each.powers, powers))
    const near = old
      .filter((each) => each.powers.some((one) => powers.some((other) => overlaps(one, other))))
      .toSorted((one, other) => other.used - one.used)
    // Of equal rules each has its own count, as before.
    const part = same.find(({ index }) => !claimed.has(index)) ?? same[0] ?? near[0]
    if (part !== undefined) claimed.add(part.index)
    return part?.index
  })
}

function partsOf(capabilities: Capabilities): Power[][] {
  return placesOf(capabilities).map(({ only }) => powersIn(only))
}

function isSameRule(one: readonly Power[], other: readonly Power[]): boolean {
  return isWithin(one, other) && isWithin(other, one)
}

function isWithin(powers: readonly Power[], others: readonly Power[]): boolean {
  return powers.every((power) =>
    others.some((other) => reaches(other, power) && other.terms === power.terms),
  )
}
