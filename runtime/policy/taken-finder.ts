/**
 * Finds out which of the grants that were taken hold for a part of another version, and takes them from it.
 *
 * A grant holds for the part that it was, at any place. Of another part it takes what the agent does not have otherwise:
 * asked when the part has lost its own, because a rule that is left may reach some of what another one has lost.
 *
 * @module
 */

import { canonical, type PartRule, type Power } from '../grants/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import { allows } from './cover.ts'
import { holdsAt, powersIn } from './granted.ts'
import { PowerIndex } from './power-index.ts'
import type { TakenGrant } from './taken-grant.ts'

/** A part, once what was taken is taken from it. */
export interface LeftPart<Part> {
  /** Nothing when it is removed. */
  readonly part: Part | undefined
  readonly state: 'whole' | 'narrowed' | 'revoked' | 'unfit'
  /** What was taken from it. */
  readonly taken: readonly TakenGrant[]
}

interface Known {
  readonly grant: TakenGrant
  readonly gone: PowerIndex
  /** What of it was given back since. */
  readonly back: PowerIndex
}

export class TakenFinder {
  readonly #known: readonly Known[]
  readonly #held: PowerIndex

  /** @param held - what the agent has now */
  constructor(taken: readonly TakenGrant[], held: Capabilities) {
    const known = taken.map((grant) => ({
      grant,
      gone: new PowerIndex(powersIn(grant.was)),
      back: new PowerIndex((grant.except ?? []).flatMap(powersIn)),
    }))
    // A narrowed part may be revoked as well, and then keeps its narrowed fields.
    this.#known = [
      ...known.filter(({ grant }) => grant.narrow !== undefined),
      ...known.filter(({ grant }) => grant.narrow === undefined),
    ]
    this.#held = new PowerIndex(powersIn(held).filter(holdsAt(Date.now())))
  }

  /** @param powersOf - returns the powers of a part in this place */
  take<Part>(
    part: Part,
    rule: PartRule<Part>,
    powersOf: (part: Part) => readonly Power[],
  ): LeftPart<Part> {
    if (this.#known.length === 0) return { part, state: 'whole', taken: [] }
    const powers = powersOf(part)
    const own = this.#known.filter((each) => isSameRule(each, powers))
    const first = this.#apply(part, rule, own, powers)
    if (first.part === undefined || first.state === 'revoked' || first.state === 'unfit')
      return first
    const left = powersOf(first.part)
    const others = this.#known.filter((each) => !own.includes(each) && this.#isMissed(left, each))
    const second = this.#apply(first.part, rule, others, left)
    const state = second.state === 'whole' ? first.state : second.state
    return { part: second.part, state, taken: [...first.taken, ...second.taken] }
  }

  #apply<Part>(
    part: Part,
    rule: PartRule<Part>,
    known: readonly Known[],
    powers: readonly Power[],
  ): LeftPart<Part> {
    const taken = known.map(({ grant }) => grant)
    let left = part
    for (const { at, narrow } of taken) {
      const time = Date.parse(at)
      if (narrow === undefined) return { part: rule.revoke(left, time), state: 'revoked', taken }
      const narrowed = narrowAgain(left, narrow, rule)
      if (narrowed !== undefined) left = narrowed
      else if (!this.#isHeld(powers)) {
        return { part: rule.revoke(left, time), state: 'unfit', taken }
      }
    }
    const isWhole = canonical(left) === canonical(part)
    return { part: left, state: isWhole ? 'whole' : 'narrowed', taken }
  }

  /** Whether some of what was taken is among `powers` that the agent does not have otherwise. */
  #isMissed(powers: readonly Power[], { gone, back }: Known): boolean {
    const common = powers.filter((power) => gone.common(power).next().done === false)
    return !this.#isHeld(common.filter((power) => !isWithin([power], back)))
  }

  #isHeld(powers: readonly Power[]): boolean {
    return powers.every((power) => this.#held.wider(power).some((other) => allows(other, power)))
  }
}

/** Whether the part with these powers is the one that was taken, and not given back since. */
function isSameRule({ grant, gone, back }: Known, powers: readonly Power[]): boolean {
  if (!isWithin(powers, gone) || isWithin(powers, back)) return false
  return isWithin(powersIn(grant.was), new PowerIndex(powers))
}

/** Whether all powers are of the rules in `gone`, leases aside. */
function isWithin(powers: readonly Power[], gone: PowerIndex): boolean {
  return (
    powers.length > 0 &&
    powers.every((power) => gone.wider(power).some(({ terms }) => terms === power.terms))
  )
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
