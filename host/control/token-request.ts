/** A scoped token as it is asked for: a body of JSON. @module */

import { MayflyError } from '../../runtime/errors/index.ts'
import { TOKEN_ACTIONS, type TokenAction, type TokenScope } from './access/index.ts'
import type { TokenRequest } from './contract.ts'

/** A token that is to be made. */
export interface WantedToken extends TokenScope {
  readonly livesMs: number
}

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const LABEL = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/i
// What names of agents, routes and hosts are made of, and stars.
const PATTERN = /^[\w./~*-]{1,256}$/
const MAX_PATTERNS = 100
const LIFE = /^(\d{1,5})([hd])$/
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
// Ten years: a longer time is a slip of the keyboard.
const MAX_LIFE_MS = 3_650 * DAY_MS
const DEFAULT_LIFE = '90d'
const KEYS: readonly (keyof TokenRequest)[] = [
  'name',
  'can',
  'agents',
  'routes',
  'hosts',
  'tenant',
  'expires',
]

/** @throws {MayflyError} ERR_USAGE */
export function parseTokenRequest(body: unknown): WantedToken {
  if (typeof body !== 'object' || body === null) throw wrong('the body is not an object of JSON')
  const fields: Readonly<Record<string, unknown>> = { ...body }
  const odd = Object.keys(fields).find((key) => !KEYS.some((known) => known === key))
  if (odd !== undefined) throw wrong(`no field "${odd}"`, `Fields: ${KEYS.join(', ')}`)
  const { name, tenant, expires = DEFAULT_LIFE } = fields
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw wrong(`name ${shown(name)}`, 'A name has lower-case letters, digits and dashes')
  }
  if (tenant !== undefined && (typeof tenant !== 'string' || !LABEL.test(tenant))) {
    throw wrong(`tenant ${shown(tenant)}`, 'A tenant has letters, digits, dashes and dots')
  }
  const can = actionsOf(fields['can'])
  const agents = patternsOf('agents', fields['agents'])
  if (agents.length === 0) {
    throw wrong('for no agents', 'Name some: --agents "team-a-*", or --agents "*" for all')
  }
  const routes = patternsOf('routes', fields['routes'])
  const hosts = patternsOf('hosts', fields['hosts'])
  if (can.includes('deploy') && routes.length + hosts.length === 0) {
    throw wrong('it can deploy, and no agent has a route', 'Name some: --routes "/team-a/*"')
  }
  return {
    name,
    can,
    agents,
    routes,
    hosts,
    ...(tenant === undefined ? {} : { tenant }),
    livesMs: lifeOf(expires),
  }
}

function actionsOf(value: unknown): readonly TokenAction[] {
  const hint = `Actions: ${TOKEN_ACTIONS.join(', ')}`
  if (!Array.isArray(value) || value.length === 0) throw wrong('it can do nothing', hint)
  const odd: unknown = value.find((each) => !TOKEN_ACTIONS.some((known) => known === each))
  if (odd !== undefined) throw wrong(`no action ${shown(odd)}`, hint)
  return TOKEN_ACTIONS.filter((known) => value.includes(known))
}

function patternsOf(field: keyof TokenRequest, value: unknown): readonly string[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw wrong(`${field} is not a list`)
  if (value.length > MAX_PATTERNS) throw wrong(`${field} has more than ${MAX_PATTERNS} patterns`)
  return value.map((pattern: unknown) => {
    if (typeof pattern === 'string' && PATTERN.test(pattern)) return pattern
    throw wrong(
      `${field} has ${shown(pattern)}`,
      'A pattern is a name in which * stands for any text',
    )
  })
}

function lifeOf(value: unknown): number {
  const [, count, unit] = (typeof value === 'string' && LIFE.exec(value)) || []
  const lifeMs = Number(count) * (unit === 'h' ? HOUR_MS : DAY_MS)
  if (lifeMs > 0 && lifeMs <= MAX_LIFE_MS) return lifeMs
  throw wrong(
    `expires ${shown(value)}`,
    'Give hours or days from now, such as 12h or 30d; at most 3650d',
  )
}

// An answer repeats only the beginning of what it was sent.
const SHOWN_LENGTH = 80

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'absent').slice(0, SHOWN_LENGTH)
}

function wrong(state: string, hint?: string): MayflyError {
  return new MayflyError(
    'ERR_USAGE',
    `Cannot make token: ${state}`,
    hint === undefined ? {} : { hint },
  )
}
