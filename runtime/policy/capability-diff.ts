/**
 * What a new version of an agent may do that the old one may not, and the other way round.
 *
 * By what is granted, not by how it is written: a path below one that was granted is no gain. What is not
 * understood in detail is compared whole, so that a change of it counts as a gain.
 *
 * @module
 */

import { canonical, type Capabilities, type HttpRule, type Lease } from '../manifest/index.ts'

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

/** One thing that may be done. */
interface Power {
  readonly text: string
  /** What must be the same. */
  readonly subject: string
  readonly host: string
  readonly path: string
  readonly lease: Lease
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
  const { http = [], kv = {}, config = {}, log, clock, random, ...others } = capabilities
  return [
    ...imports.map((name) => power(`import ${name}`)),
    ...http.flatMap(httpPowers),
    ...Object.entries(kv).flatMap(([name, store]) => [
      power(`kv ${name} read`, store),
      ...(store.access === 'write' ? [power(`kv ${name} write`, store)] : []),
    ]),
    // A value that is written down gives nothing; one of the environment is the host's.
    ...Object.values(config).flatMap((value) =>
      typeof value === 'string' ? [] : [power(`config from $${value.env}`)],
    ),
    ...(log === false ? [] : [power('log')]),
    ...(clock === 'fine' ? [power('clock fine')] : []),
    ...(random === true ? [power('random')] : []),
    ...Object.entries(others).map(([name, grant]) => power(`${name} ${canonical(grant)}`)),
  ]
}

function httpPowers({
  host,
  scheme,
  port,
  methods,
  paths,
  network,
  headers,
  ...lease
}: HttpRule): Power[] {
  const where = network === 'public' ? '' : ` in the ${network} network`
  const sends = Object.entries(headers ?? {}).map(([name, value]) => ` with ${name}: ${value}`)
  const powers: Power[] = []
  for (const each of port) {
    for (const method of methods) {
      for (const path of paths) {
        const address = `${scheme}://${host}${each === DEFAULT_PORTS[scheme] ? '' : `:${each}`}${path}`
        const text = `http ${method} ${address}${where}${sends.join('')}${leaseText(lease)}`
        const subject = canonical({ scheme, port: each, method, network, headers })
        powers.push({ text, subject, host, path, lease })
      }
    }
  }
  return powers
}

const DEFAULT_PORTS = { https: 443, http: 80 } as const

function power(subject: string, lease: Lease = {}): Power {
  return { text: subject + leaseText(lease), subject, host: '', path: '', lease }
}

function leaseText({ expires, maxUses }: Lease): string {
  const until = expires === undefined ? '' : ` until ${expires}`
  return maxUses === undefined ? until : `${until}, ${maxUses} times`
}
