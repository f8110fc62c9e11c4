/**
 * The schema of a policy file: every field with its sentence and default.
 *
 * Ceilings are made of the fields that they bound, so that each has the unit and the range of that field. Rules about
 * more than one field are in `widening.ts`.
 *
 * @module
 */
import * as z from 'zod/mini'
import { GRANT_KINDS } from '../capabilities/grants.ts'
import { AGENT_NAME, countSchema, describe, integer } from '../grants/index.ts'
import { FEATURES, LIMIT_CEILINGS, METERINGS, NETWORKS } from '../manifest/index.ts'

const MAX_CONCURRENCY = 1_000_000 // A hundred agents of the most that agent.json can say
const MAX_PATTERN_LENGTH = 1_000 // More than the longest name of a host, or a route that people read

const LOWERED =
  'An agent that asks for more is refused. One that has the default has this instead, if that is less.'

/** The number that no agent may go beyond. */
const limits = z.strictObject(
  Object.fromEntries(
    Object.entries(LIMIT_CEILINGS).map(([name, field]) => [
      name,
      describe(
        z.optional(field),
        `Most that limits.${name} of an agent may be. ${LOWERED} Default: as much as agent.json can say.`,
      ),
    ]),
  ),
)

const quotas = z.strictObject(
  Object.fromEntries(
    [...GRANT_KINDS].flatMap(([capability, { hostSide }]) => {
      const fields = Object.entries(hostSide.quotas)
      return fields.length === 0 ? [] : [[capability, quotasOf(capability, fields)]]
    }),
  ),
)

function quotasOf(
  capability: string,
  fields: readonly (readonly [name: string, sentence: string])[],
): z.ZodMiniType<Readonly<Record<string, unknown>> | undefined> {
  const group = fields.map(([name, sentence]) => [
    name,
    describe(z.optional(countSchema), `${sentence} ${LOWERED} Default: any number.`),
  ])
  return describe(
    z.optional(z.strictObject(Object.fromEntries(group))),
    `Ceilings inside capabilities.${capability}. Default: none.`,
  )
}

const secret = z.strictObject({
  name: describe(
    pattern('a secret'),
    'Name of the secret, or a pattern. Required.',
    'GITHUB_TOKEN',
  ),
  hosts: describe(
    z.optional(patterns('a host')),
    'Hosts of http rules that may be sent it. "*.example.com" stands for every name below it. Default: every host that a rule names.',
    ['api.github.com'],
  ),
  use: describe(
    z.optional(patterns('a use')),
    'What agents may use it for as a key in capabilities.secrets, such as "hmac-sha256", or "*". Default: nothing.',
    ['hmac-sha256'],
  ),
  readableBy: describe(
    z.optional(patterns('an agent')),
    'Agents that may read its text, if their capabilities.secrets ask for that. Default: none.',
  ),
})

/** Fields that hold for all agents of the host, or of the tenant. */
const part = {
  limits: describe(z.prefault(limits, {}), 'Ceilings of "limits" in agent.json.'),
  quotas: describe(
    z.prefault(quotas, {}),
    'Ceilings of numbers inside "capabilities" in agent.json. Default: none.',
  ),
  metering: describe(
    z._default(z.array(z.enum(METERINGS)), ['fuel']),
    'What limits.metering of an agent may be. Default: "fuel" only.',
  ),
  features: describe(
    z._default(z.array(z.enum(FEATURES)), []),
    'Parts of WebAssembly that agents may use if their agent.json asks for them. Default: none.',
    ['gc'],
  ),
  networks: describe(
    z._default(z.array(z.enum(NETWORKS)), []),
    'What "network" of an http rule may be. A rule with "private" or "loopback" reaches public addresses too. Default: none, and no agent sends requests.',
    ['public'],
  ),
  env: describe(
    z._default(patterns('a variable'), []),
    'Variables of the environment of the host that "config" may read. Default: none.',
    ['APP_*'],
  ),
  secrets: describe(
    z._default(z.array(secret), []),
    'Secrets that headers of http rules may hold, and that capabilities.secrets may name. Default: none.',
    [{ name: 'GITHUB_TOKEN', hosts: ['api.github.com'] }],
  ),
}

const tenant = z.strictObject({
  agents: describe(
    patterns('an agent').check(z.minLength(1, 'at least one pattern of names of agents')),
    'Names of its agents, "*" for any text. An agent of two tenants is refused. Required.',
    ['team-a-*'],
  ),
  routes: describe(
    z.optional(patterns('a route')),
    'Routes its agents may have. "/team-a/*" stands for "/team-a" and all below it, as in agent.json. Default: of each the one it has by its name, "/<name>/*".',
    ['/team-a/*'],
  ),
  hosts: describe(
    z._default(patterns('a host'), []),
    'Host names that its agents may have. Default: none.',
    ['a.example.com'],
  ),
  tools: describe(
    z._default(patterns('an agent'), []),
    'Agents of other tenants, and of none, that its agents may call. Its own they may call anyway. Default: none.',
    ['search'],
  ),
  concurrency: describe(
    z.optional(integer(1, MAX_CONCURRENCY, 'a number of invocations')),
    'Invocations of all its agents together that run at once in one worker. Another 256 wait for their turn; further ones are answered with 503. Default: as many as its agents may.',
  ),
  ...part,
})

/** A policy that breaks no rule of a single field. Optional fields may hold `undefined`. */
export const policySchema: z.ZodMiniType<object> = z.strictObject({
  $schema: describe(z.optional(z.string()), 'Where this schema is, for editors. Ignored.'),
  ...part,
  tenants: describe(
    z.optional(
      z.record(
        z
          .string('a kebab-case name such as "team-a"')
          .check(z.regex(AGENT_NAME, 'a kebab-case name such as "team-a"')),
        tenant,
      ),
    ),
    'Agents that belong together, by a name. What holds for a tenant can be less than what holds for all, and never more: a ceiling that is left out is that for all, a list that is left out is empty. Default: none.',
    { 'team-a': { agents: ['team-a-*'], routes: ['/team-a/*'], networks: ['public'] } },
  ),
  outsideTenants: describe(
    z._default(z.enum(['refuse', 'allow']), 'refuse'),
    'Whether agents of no tenant are refused where there are tenants. With "allow" they have what holds for all, and call no agent of a tenant. Default "refuse".',
  ),
})

function patterns(noun: string): z.ZodMiniArray<z.ZodMiniString<string>> {
  return z.array(pattern(noun))
}

function pattern(noun: string): z.ZodMiniString<string> {
  const expected = `the name of ${noun}, or a pattern with "*"`
  return z
    .string(expected)
    .check(
      z.regex(/^[\x21-\x7e]+$/, expected),
      z.maxLength(MAX_PATTERN_LENGTH, `at most ${MAX_PATTERN_LENGTH} characters`),
    )
}
