/** The grants in `capabilities`, each with its kind, and the parts that have a place there. @module */

import { GRANT_KINDS } from '../capabilities/grants.ts'
import { canonical, wholePower, type GrantKind, type Power } from '../grants/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import { endOf } from './cover.ts'

export interface Granted {
  readonly name: string
  readonly kind: GrantKind
  readonly grant: unknown
}

/** Some of the fields of `capabilities`. */
export type SomeGrants = Readonly<Record<string, unknown>>

/** In the order of the list of grants. */
export function grantsOf(capabilities: Capabilities | SomeGrants): Granted[] {
  const grants: SomeGrants = { ...capabilities }
  return [...GRANT_KINDS].flatMap(([name, kind]) => {
    const grant = grants[name]
    return grant === undefined ? [] : [{ name, kind, grant }]
  })
}

/**
 * Where each grant that can be revoked stands in `capabilities`. Hosts keep counts of uses in this order, so those
 * that have any come first.
 */
export function leaseNames(capabilities: Capabilities): string[] {
  return placesOf(capabilities).map(({ name }) => name)
}

/** The same, each with the grant that has this part and no other. */
export function placesOf(
  capabilities: Capabilities | SomeGrants,
): { readonly name: string; readonly only: SomeGrants }[] {
  const granted = grantsOf(capabilities)
  return [true, false].flatMap((isLeased) =>
    granted
      .filter(({ kind }) => kind.parts.isLeased === isLeased)
      .flatMap(({ name, kind: { parts }, grant }) =>
        parts
          .places(grant)
          .map((place) => ({ name: name + place, only: { [name]: parts.only(grant, place) } })),
      ),
  )
}

/** The only part in `only`, whether it is in a list or under its name. */
export function partIn(only: SomeGrants): unknown {
  const [grant] = Object.values(only)
  const [part] = Object.values({ ...(grant as object) })
  return part
}

/** The places at which the two differ. */
export function changedPlaces(one: Capabilities, other: Capabilities): string[] {
  const [before, after] = [textsOf(one), textsOf(other)]
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  )
}

/** The powers of all grants, ended leases included. A capability that is not known has one for the whole. */
export function powersIn(capabilities: Capabilities | SomeGrants): Power[] {
  const grants: SomeGrants = { ...capabilities }
  const unknown = Object.keys(grants).filter((name) => !GRANT_KINDS.has(name))
  return [
    ...grantsOf(capabilities).flatMap(({ kind, grant }) => kind.powers(grant)),
    ...unknown
      .filter((name) => grants[name] !== undefined)
      .map((name) => wholePower(name, grants[name])),
  ]
}

/** The powers of all grants as people read them: one line each. */
export function powerTexts(capabilities: Capabilities): string[] {
  return [...new Set(powersIn(capabilities).map(({ text }) => text))]
}

/** Whether the lease of a power has not ended. */
export function holdsAt(now: number): (power: Power) => boolean {
  return ({ lease }) => endOf(lease) > now
}

function textsOf(capabilities: Capabilities): ReadonlyMap<string, string> {
  return new Map(placesOf(capabilities).map(({ name, only }) => [name, canonical(only)]))
}
