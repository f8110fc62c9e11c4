/** Finds out what was taken from an agent, by the grants it had and those it has left. @module */

import { canonical } from '../grants/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import { grantsOf, partIn, placesOf, type SomeGrants } from './granted.ts'
import type { TakenGrant } from './taken-grant.ts'
import type { LeftGrants } from './taken.ts'

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

/**
 * What a version has left whose parts are those of a version that has `held` left: exactly that.
 *
 * @param capabilities - all that it grants
 */
export function leftAgain(capabilities: Capabilities, held: Capabilities): LeftGrants {
  const grants: SomeGrants = { ...held }
  const parts = grantsOf(capabilities).filter(({ kind }) => kind.parts.place !== undefined)
  const left = Object.fromEntries(parts.map(({ name }) => [name, grants[name]]))
  const taken = takenBetween(capabilities, held, Date.now())
  const [revoked, narrowed] = [false, true].map((isNarrowed) =>
    taken.filter(({ narrow }) => (narrow !== undefined) === isNarrowed).map(({ place }) => place),
  )
  return {
    // Each is the value of a field of capabilities.
    capabilities: { ...capabilities, ...(left as Partial<Capabilities>) },
    revoked: revoked ?? [],
    narrowed: narrowed ?? [],
    unfit: [],
  }
}

function fieldsOf(only: SomeGrants): Readonly<Record<string, unknown>> {
  return { ...(partIn(only) as object) }
}
