/** Finds out what was taken from an agent, by the grants it had and those it has left. @module */

import { canonical } from '../grants/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import { placesOf, type SomeGrants } from './granted.ts'
import type { TakenGrant } from './taken.ts'

/**
 * What was taken between `granted` and `left`, for hosts that kept no more than these.
 *
 * @param now - milliseconds since 1970: when grants were taken that do not say it themselves
 */
export function takenBetween(
  granted: Capabilities,
  left: Capabilities,
  now: number,
): readonly TakenGrant[] {
  const parts = new Map(placesOf(left).map(({ name, only }) => [name, fieldsOf(only)]))
  return placesOf(granted).flatMap(({ name: place, only: was }): TakenGrant[] => {
    const [own, kept] = [fieldsOf(was), parts.get(place)]
    if (kept === undefined) return [{ place, at: new Date(now).toISOString(), was }]
    const narrow = Object.fromEntries(
      Object.entries(kept).filter(([field, value]) => canonical(value) !== canonical(own[field])),
    )
    const { expires: at } = narrow
    // A revoked lease has ended at that moment.
    if (typeof at === 'string' && Date.parse(at) <= now) return [{ place, at, was }]
    return Object.keys(narrow).length === 0
      ? []
      : [{ place, at: new Date(now).toISOString(), was, narrow }]
  })
}

/** The fields of the only part in `only`, whether it is in a list or under its name. */
function fieldsOf(only: SomeGrants): Readonly<Record<string, unknown>> {
  const [grant] = Object.values(only)
  const [part] = Object.values({ ...(grant as object) })
  return { ...(part as object) }
}
