/**
 * The powers that a new version of an agent gains over the old one, and those it loses.
 *
 * It compares the meaning of grants, not their text: a path below a granted path is not a gain. A capability without
 * a rule of comparison is compared as a whole: any change of it counts as a gain.
 *
 * @module
 */

import { GRANT_KINDS } from '../capabilities/grants.ts'
import { wholePower, power, type Lease, type Power } from '../grants/index.ts'
import type { Capabilities } from '../manifest/index.ts'

export interface AgentPowers {
  /** Interfaces the component imports and cannot do without. */
  readonly imports: readonly string[]
  readonly capabilities: Capabilities
}

export interface CapabilityDiff {
  /** One line each, for people. */
  readonly gained: readonly string[]
  readonly lost: readonly string[]
}

export function capabilityDiff(before: AgentPowers, after: AgentPowers): CapabilityDiff {
  const [old, next] = [powersOf(before), powersOf(after)]
  return { gained: beyond(next, old), lost: beyond(old, next) }
}

function beyond(powers: readonly Power[], others: readonly Power[]): string[] {
  const texts = powers
    .filter((power) => !others.some((other) => covers(other, power)))
    .map(({ text }) => text)
  return [...new Set(texts)]
}

function covers(wide: Power, narrow: Power): boolean {
  return (
    wide.subject === narrow.subject &&
    hostCovers(wide.host, narrow.host) &&
    (wide.path === narrow.path ||
      (wide.path.endsWith('*') && narrow.path.startsWith(wide.path.slice(0, -1)))) &&
    endOf(wide.lease) >= endOf(narrow.lease) &&
    (wide.lease.maxUses ?? Infinity) >= (narrow.lease.maxUses ?? Infinity)
  )
}

function hostCovers(wide: string, narrow: string): boolean {
  return wide === narrow || (wide.startsWith('*.') && narrow.endsWith(wide.slice(1)))
}

function endOf({ expires }: Lease): number {
  return expires === undefined ? Infinity : Date.parse(expires)
}

function powersOf({ imports, capabilities }: AgentPowers): Power[] {
  const known = [...GRANT_KINDS.keys()]
  const names = [...known, ...Object.keys(capabilities).filter((name) => !known.includes(name))]
  const grants: Readonly<Record<string, unknown>> = { ...capabilities }
  return [
    ...imports.map((name) => power(`import ${name}`)),
    ...names.flatMap((name) => {
      const grant = grants[name]
      if (grant === undefined) return []
      return GRANT_KINDS.get(name)?.powers(grant) ?? [wholePower(name, grant)]
    }),
  ]
}
