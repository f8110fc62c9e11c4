/** Gives back grants that an operator has taken: all that was taken from the parts at some places. @module */

import { MayflyError } from '../errors/index.ts'
import { isTexts } from '../grants/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import { placesOf, powersIn } from './granted.ts'
import { PowerIndex } from './power-index.ts'
import { heldPowers, isAbout, type TakenGrant } from './taken.ts'

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

/**
 * Returns what stays taken.
 *
 * @param names - where parts stand now, or stood when they were taken if the agent has no such part now; `*` for all
 * @throws {MayflyError} ERR_VALUE_MISMATCH for a name that nothing was taken from
 */
export function stillTaken(from: TakenFrom, names: readonly string[]): readonly TakenGrant[] {
  const { taken } = from
  if (names.includes(ALL)) return []
  const back = new Set<TakenGrant>()
  for (const name of names) {
    const found = takenAt(from, name)
    if (found.length === 0) throw nothingTaken(from, name)
    for (const each of found) back.add(each)
  }
  return taken.filter((each) => !back.has(each))
}

function takenAt({ granted, left, taken }: TakenFrom, name: string): TakenGrant[] {
  const has = heldPowers(left)
  const parts = placesOf(granted).map(({ name: place, only }) => ({
    place,
    powers: powersIn(only),
  }))
  const known = taken.map((each) => ({ each, gone: new PowerIndex(powersIn(each.was)) }))
  const isHere = known.filter(({ gone }) =>
    parts.some(({ place, powers }) => place === name && isAbout(gone, powers, has)),
  )
  if (isHere.length > 0) return isHere.map(({ each }) => each)
  return known
    .filter(({ each, gone }) => {
      return each.place === name && !parts.some(({ powers }) => isAbout(gone, powers, has))
    })
    .map(({ each }) => each)
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
