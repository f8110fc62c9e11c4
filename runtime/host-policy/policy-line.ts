/**
 * What a host policy says to one value of a manifest, for people and for programs.
 *
 * @module
 */
import { pathText, type Path } from '../documents/index.ts'

/** One value that the policy does not let stand. */
export interface PolicyLine {
  /** Where it is in agent.json: `limits.deadlineMs`. */
  readonly place: string
  /** The value; absent where the manifest has none. */
  readonly value?: string | number
  /** The tenant whose part of the policy decided; absent when the part for all agents did. */
  readonly tenant?: string
  /** Where the policy says so: `tenants.team-a.limits.deadlineMs`. */
  readonly rule: string
  /** All of it in one line. */
  readonly text: string
}

/** The policy for one agent: its tenant's part, if it has one. */
export interface Decider {
  readonly tenant: string | undefined
}

/** Where a field of the part stands in the policy. */
export function ruleOf({ tenant }: Decider, path: Path): string {
  return pathText(tenant === undefined ? path : ['tenants', tenant, ...path])
}

/** @param what - what the manifest has there, if more than the value has to be said */
export function refusedLine(
  decider: Decider,
  path: Path,
  value: string | number,
  allowed: string,
  rule: Path,
  what: string = JSON.stringify(value),
): PolicyLine {
  const place = pathText(path)
  const text = `${place} ${what}: the host allows ${allowed}`
  return lineOf(decider, place, value, rule, text)
}

/** @param value - the default, which the manifest has; `undefined` for no bound */
export function loweredLine(
  decider: Decider,
  path: Path,
  value: number | undefined,
  ceiling: number,
  rule: Path,
): PolicyLine {
  const place = pathText(path)
  const byDefault = value === undefined ? 'no bound' : `the default ${value}`
  return lineOf(decider, place, value, rule, `${place}: ${ceiling} in place of ${byDefault}`)
}

/** The line for a value that no list or ceiling is about. */
export function plainLine(decider: Decider, place: string, rule: Path, text: string): PolicyLine {
  return lineOf(decider, place, undefined, rule, text)
}

function lineOf(
  decider: Decider,
  place: string,
  value: string | number | undefined,
  rule: Path,
  text: string,
): PolicyLine {
  const { tenant } = decider
  return {
    place,
    ...(value === undefined ? {} : { value }),
    ...(tenant === undefined ? {} : { tenant }),
    rule: ruleOf(decider, rule),
    text: tenant === undefined ? text : `${text} (tenant "${tenant}")`,
  }
}

/** Names as a line lists them. */
export function namesText(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => JSON.stringify(name)).join(', ')
}
