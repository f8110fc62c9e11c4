/**
 * The powers that a new version of an agent gains over the old one, and those it loses.
 *
 * It compares the meaning of grants, not their text: a path below a granted path is not a gain. Limits are powers as
 * well: a higher one is a gain, a lower one is not. A capability without a rule of comparison is compared as a whole: any
 * change of it counts as a gain.
 *
 * @module
 */

import { LATER_LIMITS, power, type Power } from '../grants/index.ts'
import type { Capabilities, Manifest } from '../manifest/index.ts'
import { allowsUnbounded, raisedBounds } from './cover.ts'
import { holdsAt, powersIn } from './granted.ts'
import { PowerIndex } from './power-index.ts'
import type { TakenGrant } from './taken-grant.ts'

export interface AgentPowers extends Pick<
  Manifest,
  'features' | 'limits' | 'route' | 'hosts' | 'schedule' | 'consumes'
> {
  /** Interfaces the component imports and cannot do without. */
  readonly imports: readonly string[]
  readonly capabilities: Capabilities
}

export interface CapabilityDiff {
  /** One line each, for people. */
  readonly gained: readonly string[]
  readonly lost: readonly string[]
}

/**
 * @param taken - grants that stay away from `after`, so that having them again is no gain; more than they were is one.
 *   @default none
 */
export function capabilityDiff(
  before: AgentPowers,
  after: AgentPowers,
  taken: readonly TakenGrant[] = [],
): CapabilityDiff {
  const holds = holdsAt(Date.now())
  const [old, next] = [powersOf(before).filter(holds), powersOf(after).filter(holds)]
  const known = [...old, ...taken.flatMap(({ was }) => powersIn(was)).filter(holds)]
  return {
    gained: beyond(next, known, (name, to, from) => `${name} ${from} -> ${to}`),
    lost: beyond(old, next, (name, from, to) => `${name} ${from} -> ${to}`),
  }
}

/** The powers that none of `others` covers: a line for each, or for each bound that alone is too high. */
function beyond(
  powers: readonly Power[],
  others: readonly Power[],
  lineOf: (name: string, own: string, other: string) => string,
): string[] {
  const index = new PowerIndex(others)
  const lines = powers.flatMap((power) => {
    const near = [...index.wider(power)].filter((other) => allowsUnbounded(other, power))
    const [first] = near
    if (first === undefined) return [power.text]
    if (near.some((other) => raisedBounds(other, power).length === 0)) return []
    return raisedBounds(first, power).map((name) =>
      lineOf(name, boundText(power.bounds[name]), boundText(first.bounds[name])),
    )
  })
  return [...new Set(lines)]
}

function boundText(bound = 0): string {
  return bound === Infinity ? 'unbounded' : String(bound)
}

function powersOf(powers: AgentPowers): Power[] {
  const { imports, capabilities, limits, features = [], route, hosts = [] } = powers
  const { schedule = [], consumes = {} } = powers
  return [
    ...imports.map((name) => power(`import ${name}`)),
    ...(typeof route === 'string'
      ? [{ ...power('route'), text: `route ${route}`, path: route }]
      : []),
    ...hosts.map((host) => power(`host "${host}"`)),
    ...features.map((name) => power(`feature ${name}`)),
    ...schedule.map(({ cron, timezone }) => power(`schedule "${cron}" ${timezone}`)),
    ...Object.entries(consumes).map(([queue, { concurrency }]) =>
      power(`consumes ${queue}`, {}, { [`consumes ${queue} concurrency`]: concurrency }),
    ),
    ...limitPowers(limits),
    ...powersIn(capabilities),
  ]
}

/** `reset` is none: the default may choose any of its values. */
function limitPowers({ metering, ...limits }: Partial<Manifest['limits']>): Power[] {
  // Without `fuel` an agent may compute until its deadline. An older host kept no later limits.
  const numbers = Object.entries({ fuel: Infinity, ...LATER_LIMITS, ...limits }).flatMap(
    ([name, most]) =>
      typeof most === 'number' ? [power(`limits.${name}`, {}, { [`limits.${name}`]: most })] : [],
  )
  // It runs code that nothing counts.
  return metering === 'watchdog' ? [...numbers, power('limits.metering watchdog')] : numbers
}
