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

import { canonical, type ChangePart, type PartRule, type Power } from '../grants/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import type { Attenuation } from './attenuate.ts'
import { allows } from './cover.ts'
import { grantsOf, holdsAt, placesOf, powersIn, type SomeGrants } from './granted.ts'
import { PowerIndex } from './power-index.ts'

/** One grant that was revoked or narrowed. Plain data, for the state of a host. */
export interface TakenGrant {
  /** Where it stood then: `kv.notes`, `http[0]`. */
  readonly place: string
  /** ISO 8601. */
  readonly at: string
  /** The grant as the manifest had it: `{ "kv": { "notes": { "access": "write" } } }`. */
  readonly was: SomeGrants
  /** The fields that it kept. Nothing when it was revoked. */
  readonly narrow?: Readonly<Record<string, unknown>>
}

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
  const has = heldPowers(held)
  const known = taken.map((each) => ({ each, gone: new PowerIndex(powersIn(each.was)) }))
  // A narrowed part may be revoked as well, and then keeps its narrowed fields.
  const ordered = [
    ...known.filter(({ each }) => each.narrow !== undefined),
    ...known.filter(({ each }) => each.narrow === undefined),
  ]
  const left = grantsOf(capabilities).map(({ name, kind, grant }) => {
    const change: ChangePart = (place, part, rule) => {
      const powers = kind.powers(kind.parts.only(grant, place))
      const about = ordered.filter(({ gone }) => isAbout(gone, powers, has))
      const isHeld = (): boolean => isCovered(powers, has)
      const { list, part: kept } = changed(
        part,
        rule,
        about.map(({ each }) => each),
        isHeld,
      )
      if (list !== undefined) lists[list].push(name + place)
      if (list === 'unfit') lists.revoked.push(name + place)
      return kept
    }
    return [name, kind.parts.change(grant, change)]
  })
  // The kind of each grant returned its value.
  const rest = Object.fromEntries(left) as Partial<Capabilities>
  return { capabilities: { ...capabilities, ...rest }, ...lists }
}

/** The powers of `held` whose leases have not ended. */
export function heldPowers(held: Capabilities): PowerIndex {
  return new PowerIndex(powersIn(held).filter(holdsAt(Date.now())))
}

/**
 * Whether a grant with the powers `gone` was taken from a part with these powers too: when the part lies within that grant;
 * or when it reaches some of it that the agent does not have otherwise.
 */
export function isAbout(gone: PowerIndex, powers: readonly Power[], has: PowerIndex): boolean {
  const common = powers.filter((power) => gone.common(power).next().done === false)
  if (common.length === 0) return false
  const isWithin = powers.every((power) =>
    gone.wider(power).some(({ terms }) => terms === power.terms),
  )
  return isWithin || !isCovered(common, has)
}

function isCovered(powers: readonly Power[], has: PowerIndex): boolean {
  return powers.every((power) => has.wider(power).some((other) => allows(other, power)))
}

interface Changed<Part> {
  readonly part: Part | undefined
  readonly list?: 'revoked' | 'narrowed' | 'unfit'
}

function changed<Part>(
  part: Part,
  rule: PartRule<Part>,
  about: readonly TakenGrant[],
  isHeld: () => boolean,
): Changed<Part> {
  let left = part
  for (const { at, narrow } of about) {
    const time = Date.parse(at)
    if (narrow === undefined) return { part: rule.revoke(left, time), list: 'revoked' }
    const narrowed = narrowAgain(left, narrow, rule)
    if (narrowed !== undefined) left = narrowed
    else if (!isHeld()) return { part: rule.revoke(left, time), list: 'unfit' }
  }
  return canonical(left) === canonical(part) ? { part } : { part: left, list: 'narrowed' }
}

/** Returns the part with the smaller of its own fields and `fields`; nothing where neither is. */
function narrowAgain<Part>(
  part: Part,
  fields: Readonly<Record<string, unknown>>,
  { fields: checks }: PartRule<Part>,
): Part | undefined {
  let left = part
  for (const [field, value] of Object.entries(fields)) {
    const check = Object.hasOwn(checks, field) ? checks[field] : undefined
    if (check === undefined) return undefined
    const next = { ...left, [field]: value }
    // A part with fields is an object.
    const own = (left as Readonly<Record<string, unknown>>)[field]
    if (check(value, left)) left = next
    else if (!check(own, next)) return undefined
  }
  return left
}
