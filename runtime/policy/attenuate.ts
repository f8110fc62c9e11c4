/**
 * Takes grants away from an agent that runs: never adds any.
 *
 * A rule keeps its place, so that `http[1]` is the same rule before and after. A revoked rule becomes a lease that
 * ended at that moment, so the rule also shows the time of the revocation.
 *
 * @module
 */

import { MayflyError } from '../errors/index.ts'
import { isTexts, type ChangePart, type NarrowFields } from '../grants/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import { grantsOf, leaseNames } from './granted.ts'

/** The change that an operator asks for. */
export interface Attenuation {
  /** Grants to end, by where they stand in `capabilities`: `kv.notes`, `http[0]`. */
  readonly revoke: readonly string[]
  /** The fields that narrowed grants keep, by the same names: `{ "access": "read" }`. */
  readonly narrow: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** @throws {MayflyError} ERR_VALUE_MISMATCH */
export function parseAttenuation(value: unknown): Attenuation {
  if (!isObject(value)) throw mismatch('expected an object')
  const { revoke = [], narrow = {}, ...rest } = value
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) throw mismatch(`expected "revoke" and "narrow", got "${unknown}"`)
  if (!isTexts(revoke)) throw mismatch('expected "revoke" to be a list of names such as "kv.notes"')
  if (!isObject(narrow) || !Object.values(narrow).every(isObject)) {
    throw mismatch('expected "narrow" to have an object for each name, such as "kv.notes"')
  }
  // Checked by the line above.
  return { revoke, narrow: narrow as Attenuation['narrow'] }
}

/**
 * Returns the remaining `capabilities`.
 *
 * @throws {MayflyError} ERR_VALUE_MISMATCH for a name that the agent has no grant for, ERR_CAPABILITY_DENIED for a
 *   change that would widen a grant
 */
export function attenuateCapabilities(
  capabilities: Capabilities,
  { revoke, narrow }: Attenuation,
  now: number = Date.now(),
): Capabilities {
  const known = leaseNames(capabilities)
  for (const name of [...revoke, ...Object.keys(narrow)]) {
    if (known.includes(name)) continue
    throw new MayflyError('ERR_VALUE_MISMATCH', `Cannot narrow "${name}": no such grant`, {
      hint: known.length === 0 ? 'The agent has none' : `It has ${known.join(', ')}`,
    })
  }
  const left = grantsOf(capabilities).map(({ name, kind, grant }) => {
    const change: ChangePart = (place, part, rule) => {
      const narrowed = apply(name + place, part, narrow[name + place] ?? {}, rule.fields)
      return revoke.includes(name + place) ? rule.revoke(narrowed, now) : narrowed
    }
    return [name, kind.parts.change(grant, change)]
  })
  // The kind of each grant returned its value.
  return { ...capabilities, ...(Object.fromEntries(left) as Partial<Capabilities>) }
}

function apply<Part>(
  name: string,
  part: Part,
  fields: Readonly<Record<string, unknown>>,
  checks: NarrowFields<Part>,
): Part {
  for (const [field, value] of Object.entries(fields)) {
    const check = Object.hasOwn(checks, field) ? checks[field] : undefined
    if (check === undefined) {
      throw new MayflyError('ERR_VALUE_MISMATCH', `Cannot narrow "${field}" of "${name}"`, {
        hint:
          Object.keys(checks).length === 0
            ? 'It can only be revoked'
            : `It can be narrowed in ${Object.keys(checks).join(', ')}`,
      })
    }
    if (check(value, part)) continue
    throw new MayflyError(
      'ERR_CAPABILITY_DENIED',
      `Cannot set "${field}" of "${name}" to ${JSON.stringify(value)}: not less than granted`,
      { hint: 'To grant more, change agent.json and deploy the agent again' },
    )
  }
  // A part without fields may be no object: `true`.
  return Object.keys(fields).length === 0 ? part : { ...part, ...fields }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mismatch(reason: string): MayflyError {
  return new MayflyError('ERR_VALUE_MISMATCH', `Cannot narrow grants: ${reason}`, {
    hint: '{ "revoke": ["kv.notes"], "narrow": { "http[0]": { "methods": ["GET"] } } }',
  })
}
