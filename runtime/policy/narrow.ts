/**
 * Takes grants away from an agent that runs: never adds any.
 *
 * A rule keeps its place, so that `http[1]` is the same rule before and after. What is revoked is a lease
 * that ended the moment it was revoked, which also says when that was.
 *
 * @module
 */

import { MayflyError } from '../errors/index.ts'
import type { Capabilities, HttpRule, KvStore, Lease, ToolGrant } from '../manifest/index.ts'

/** What an operator asks for. */
export interface Narrowing {
  /** Grants to end, by where they stand in `capabilities`: `kv.notes`, `http[0]`. */
  readonly revoke: readonly string[]
  /** What is to be left of grants: `access`, `methods`, `paths`, `opaque`, `expires`, `maxUses`. */
  readonly narrow: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** @throws {MayflyError} ERR_VALUE_MISMATCH */
export function parseNarrowing(value: unknown): Narrowing {
  if (!isObject(value)) throw mismatch('expected an object')
  const { revoke = [], narrow = {}, ...rest } = value
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) throw mismatch(`expected "revoke" and "narrow", got "${unknown}"`)
  if (!isTexts(revoke)) throw mismatch('expected "revoke" to be a list of names such as "kv.notes"')
  if (!isObject(narrow) || !Object.values(narrow).every(isObject)) {
    throw mismatch('expected "narrow" to have an object for each name, such as "kv.notes"')
  }
  // Checked by the line above.
  return { revoke, narrow: narrow as Narrowing['narrow'] }
}

/** Where each grant that can be narrowed stands in `capabilities`. */
export function leaseNames({ http = [], kv = {}, tools = {}, files = {} }: Capabilities): string[] {
  return [
    ...http.map((_, index) => `http[${index}]`),
    ...Object.keys(kv).map((name) => `kv.${name}`),
    ...Object.keys(tools).map((name) => `tools.${name}`),
    ...Object.keys(files).map((name) => `files.${name}`),
  ]
}

/**
 * Returns what is left of `capabilities`.
 *
 * @throws {MayflyError} ERR_VALUE_MISMATCH for what is no grant of the agent, ERR_CAPABILITY_DENIED for what
 *   would widen one
 */
export function narrowCapabilities(
  capabilities: Capabilities,
  { revoke, narrow }: Narrowing,
  now: number = Date.now(),
): Capabilities {
  const known = leaseNames(capabilities)
  for (const name of [...revoke, ...Object.keys(narrow)]) {
    if (known.includes(name)) continue
    throw new MayflyError('ERR_VALUE_MISMATCH', `Cannot narrow "${name}": no such grant`, {
      hint: known.length === 0 ? 'The agent has none' : `It has ${known.join(', ')}`,
    })
  }
  const changed = <Grant extends Lease>(
    name: string,
    grant: Grant,
    fields: Fields<Grant>,
  ): Grant => {
    const narrowed = apply(name, grant, narrow[name] ?? {}, fields)
    return revoke.includes(name)
      ? { ...narrowed, expires: earlier(narrowed.expires, now) }
      : narrowed
  }
  const { http, kv, tools, files } = capabilities
  return {
    ...capabilities,
    ...(http && {
      http: http.map((rule, index) => changed(`http[${index}]`, rule, HTTP_FIELDS)),
    }),
    ...(kv && {
      kv: Object.fromEntries(
        Object.entries(kv).map(([name, store]) => [name, changed(`kv.${name}`, store, KV_FIELDS)]),
      ),
    }),
    ...(tools && {
      tools: Object.fromEntries(
        Object.entries(tools).map(([name, tool]) => [
          name,
          changed(`tools.${name}`, tool, TOOL_FIELDS),
        ]),
      ),
    }),
    // No lease has an end to move: an area that is revoked is not there.
    ...(files && {
      files: Object.fromEntries(
        Object.entries(files).filter(([name, area]) => {
          apply(`files.${name}`, { area }, narrow[`files.${name}`] ?? {}, NO_FIELDS)
          return !revoke.includes(`files.${name}`)
        }),
      ),
    }),
  }
}

/** Whether the value of a field is a valid one, and no more than the grant has. */
type Fields<Grant> = Readonly<Record<string, (value: unknown, grant: Grant) => boolean>>

const LEASE_FIELDS: Fields<Lease> = {
  expires: (value, { expires }) =>
    typeof value === 'string' &&
    Date.parse(value) <= (expires === undefined ? Infinity : Date.parse(expires)),
  maxUses: (value, { maxUses = Infinity }) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxUses,
}

const HTTP_FIELDS: Fields<HttpRule> = {
  ...LEASE_FIELDS,
  methods: (value, { methods }) =>
    isTexts(value) && value.length > 0 && value.every((method) => methods.includes(method)),
  paths: (value, { paths }) =>
    isTexts(value) &&
    value.length > 0 &&
    value.every((path) => paths.some((pattern) => covers(pattern, path))),
}

const KV_FIELDS: Fields<KvStore> = {
  ...LEASE_FIELDS,
  access: (value, { access }) => value === 'read' || value === access,
}

const NO_FIELDS: Fields<unknown> = {}

const TOOL_FIELDS: Fields<ToolGrant> = {
  ...LEASE_FIELDS,
  opaque: (value, { opaque, provides }) =>
    value === true
      ? (opaque === undefined && provides === undefined) || opaque === true
      : isTexts(value) &&
        provides === undefined &&
        (opaque === undefined || opaque === true || value.every((name) => opaque.includes(name))),
}

function apply<Grant>(
  name: string,
  grant: Grant,
  fields: Readonly<Record<string, unknown>>,
  checks: Fields<Grant>,
): Grant {
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
    if (check(value, grant)) continue
    throw new MayflyError(
      'ERR_CAPABILITY_DENIED',
      `Cannot set "${field}" of "${name}" to ${JSON.stringify(value)}: not less than granted`,
      { hint: 'To grant more, change agent.json and deploy the agent again' },
    )
  }
  return { ...grant, ...fields }
}

/** Whether all that `path`, itself a pattern, stands for lies in `pattern`. */
function covers(pattern: string, path: string): boolean {
  if (pattern === path) return true
  return pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1))
}

function earlier(expires: string | undefined, now: number): string {
  return expires !== undefined && Date.parse(expires) < now ? expires : new Date(now).toISOString()
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}

function mismatch(reason: string): MayflyError {
  return new MayflyError('ERR_VALUE_MISMATCH', `Cannot narrow grants: ${reason}`, {
    hint: '{ "revoke": ["kv.notes"], "narrow": { "http[0]": { "methods": ["GET"] } } }',
  })
}
