/** Gives back grants that an operator has taken: all that was taken from the parts at some places. @module */

import { MayflyError } from '../errors/index.ts'
import { isTexts, type ChangePart } from '../grants/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import { changedPlaces, grantsOf, partIn, placesOf, powersIn, type SomeGrants } from './granted.ts'
import { PowerIndex } from './power-index.ts'
import { TakenFinder } from './taken-finder.ts'
import type { TakenGrant } from './taken-grant.ts'
import { leftAgain } from './taken-between.ts'
import type { LeftGrants } from './taken.ts'

const ALL = '*'

/**
 * Returns the names in `{ "restore": ["kv.notes"] }`.
 *
 * @throws {MayflyError} ERR_VALUE_MISMATCH
 */
export function parseRestore(value: unknown): readonly string[] {
  const { restore, ...rest }: Readonly<Record<string, unknown>> =
    typeof value === 'object' && value !== null ? { ...value } : {}
  if (isTexts(restore) && restore.length > 0 && Object.keys(rest).length === 0) return restore
  throw new MayflyError('ERR_VALUE_MISMATCH', 'Cannot restore grants: expected "restore" alone', {
    hint: `{ "restore": ["kv.notes"] }, or { "restore": ["${ALL}"] } for all`,
  })
}

/** An agent, and what was taken from it. */
export interface TakenFrom {
  /** All that its manifest grants. */
  readonly granted: Capabilities
  /** What it has left. */
  readonly left: Capabilities
  readonly taken: readonly TakenGrant[]
}

/** What was taken and stays so, and what the agent has left with that. */
export interface Restored {
  readonly taken: readonly TakenGrant[]
  readonly left: LeftGrants
}

/**
 * Gives back all that was taken from the parts at `names`, and nothing else: what reaches further than these parts stays
 * taken apart from them.
 *
 * @param names - where parts stand now, or stood when they were taken if the agent has no such part now; `*` for all
 * @throws {MayflyError} ERR_VALUE_MISMATCH for a name that nothing was taken from
 */
export function restoreGrants(from: TakenFrom, names: readonly string[]): Restored {
  const { granted, left, taken } = from
  if (names.includes(ALL)) return { taken: [], left: leftAgain(granted, granted) }
  const rest = names.reduce((still, name) => stillTaken({ ...from, taken: still }, name), taken)
  const parts = new Map(placesOf(left).map(({ name, only }) => [name, partIn(only)]))
  const kept = grantsOf(granted).map(({ name, kind, grant }) => {
    const change: ChangePart = (place, part) =>
      // The part of the same place, as it is left.
      names.includes(name + place) ? part : (parts.get(name + place) as typeof part | undefined)
    return [name, kind.parts.change(grant, change)]
  })
  // The kind of each grant returned its value.
  const capabilities = { ...granted, ...(Object.fromEntries(kept) as Partial<Capabilities>) }
  return { taken: rest, left: leftAgain(granted, capabilities) }
}

/** @throws {MayflyError} ERR_VALUE_MISMATCH */
function stillTaken(from: TakenFrom, name: string): readonly TakenGrant[] {
  const { granted, left, taken } = from
  const part = placesOf(granted).find((each) => each.name === name)?.only
  const byPlace = takenByPlace(from)
  const here = byPlace.get(name) ?? []
  if (part !== undefined && (here.length > 0 || changedPlaces(granted, left).includes(name))) {
    return taken.flatMap((each) => (here.includes(each) ? without(each, part) : each))
  }
  const elsewhere = new Set([...byPlace.values()].flat())
  const gone = taken.filter((each) => each.place === name && !elsewhere.has(each))
  if (gone.length === 0) throw nothingTaken(from, name)
  return taken.filter((each) => !gone.includes(each))
}

/** What stays taken; nothing when all of it is in `part`. */
function without(taken: TakenGrant, part: SomeGrants): readonly TakenGrant[] {
  const index = new PowerIndex(powersIn(part))
  const isWhole = powersIn(taken.was).every((power) => index.wider(power).next().done === false)
  return isWhole ? [] : [{ ...taken, except: [...(taken.except ?? []), part] }]
}

/** What was taken from each part that the agent has now. */
function takenByPlace({ granted, left, taken }: TakenFrom): Map<string, readonly TakenGrant[]> {
  const finder = new TakenFinder(taken, left)
  const byPlace = new Map<string, readonly TakenGrant[]>()
  for (const { name, kind, grant } of grantsOf(granted)) {
    kind.parts.change(grant, (place, part, rule) => {
      const { taken: found } = finder.take(part, rule, (of) =>
        // It has one part, which is this one.
        kind.powers(kind.parts.change(kind.parts.only(grant, place), () => of as never)),
      )
      byPlace.set(name + place, found)
      return part
    })
  }
  return byPlace
}

function nothingTaken({ taken }: TakenFrom, name: string): MayflyError {
  const places = [...new Set(taken.map(({ place }) => place))]
  return new MayflyError(
    'ERR_VALUE_MISMATCH',
    `Cannot restore "${name}": nothing was taken from it`,
    {
      hint: `${places.length === 0 ? 'Nothing is taken' : `Taken were ${places.join(', ')}`}. A lease that has ended or is used up needs a deploy with --allow-new-capabilities`,
    },
  )
}
