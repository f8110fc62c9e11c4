/**
 * Grants that an operator has taken from an agent, kept by their meaning: they stay away from every version until the
 * operator gives them back.
 *
 * A later version may have its rules at other places, more or fewer of them, wider or narrower ones. What was revoked is
 * found again by what it reaches: a part that reaches some of it is revoked as well. What was narrowed is narrowed again,
 * and revoked where that does not fit.
 *
 * @module
 */

import { canonical, type ChangePart } from '../grants/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import type { Attenuation } from './attenuate.ts'
import { grantsOf, placesOf } from './granted.ts'
import { TakenFinder } from './taken-finder.ts'
import type { TakenGrant } from './taken-grant.ts'

/** A version without the grants that were taken. */
export interface LeftGrants {
  readonly capabilities: Capabilities
  /** Places of the parts that are revoked. */
  readonly revoked: readonly string[]
  /** Places of the parts that are narrowed. */
  readonly narrowed: readonly string[]
  /** Those of `revoked` that only were narrowed before, which does not fit this version. */
  readonly unfit: readonly string[]
}

/**
 * What `attenuation` takes from an agent with `granted`, all that its manifest grants.
 *
 * @param now - milliseconds since 1970
 */
export function takenBy(
  granted: Capabilities,
  { revoke, narrow }: Attenuation,
  now: number,
): TakenGrant[] {
  const at = new Date(now).toISOString()
  return placesOf(granted).flatMap(({ name: place, only: was }) => [
    ...(Object.keys(fieldsAt(narrow, place)).length === 0
      ? []
      : [{ place, at, was, narrow: fieldsAt(narrow, place) }]),
    ...(revoke.includes(place) ? [{ place, at, was }] : []),
  ])
}

function fieldsAt(narrow: Attenuation['narrow'], place: string): Attenuation['narrow'][string] {
  return (Object.hasOwn(narrow, place) ? narrow[place] : undefined) ?? {}
}

/** Returns `known` and `added`, each meaning once. */
export function withTaken(
  known: readonly TakenGrant[],
  added: readonly TakenGrant[],
): readonly TakenGrant[] {
  return added.reduce<readonly TakenGrant[]>((all, next) => {
    const meaning = canonical(next.was)
    const isRepeated = (each: TakenGrant): boolean =>
      (each.narrow === undefined) === (next.narrow === undefined) && canonical(each.was) === meaning
    if (!all.some(isRepeated)) return [...all, next]
    // Narrowed twice: the later values are the smaller ones.
    return all.map((each) =>
      isRepeated(each) && next.narrow !== undefined
        ? { ...each, narrow: { ...each.narrow, ...next.narrow } }
        : each,
    )
  }, known)
}

/**
 * Returns `capabilities` without what was taken.
 *
 * @param held - what the agent has now: a rule that was left to it stays, though it reaches some of what was taken
 */
export function withoutTaken(
  capabilities: Capabilities,
  taken: readonly TakenGrant[],
  held: Capabilities,
): LeftGrants {
  const lists = { revoked: [] as string[], narrowed: [] as string[], unfit: [] as string[] }
  const finder = new TakenFinder(taken, held)
  const left = grantsOf(capabilities).map(({ name, kind, grant }) => {
    const change: ChangePart = (place, part, rule) => {
      const { part: kept, state } = finder.take(part, rule, (of) =>
        // It has one part, which is this one.
        kind.powers(kind.parts.change(kind.parts.only(grant, place), () => of as never)),
      )
      if (state !== 'whole') lists[state].push(name + place)
      if (state === 'unfit') lists.revoked.push(name + place)
      return kept
    }
    return [name, kind.parts.change(grant, change)]
  })
  // The kind of each grant returned its value.
  const rest = Object.fromEntries(left) as Partial<Capabilities>
  return { capabilities: { ...capabilities, ...rest }, ...lists }
}
