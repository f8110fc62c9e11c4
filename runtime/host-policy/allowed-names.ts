/**
 * The names in a manifest against the lists of a policy: its own, its addresses, and things of the host that it uses.
 *
 * A tenant has its own lists and no others. They lie within those for all agents: a policy where they do not is refused.
 *
 * @module
 */
import { GRANT_KINDS } from '../capabilities/grants.ts'
import type { Path } from '../documents/index.ts'
import { matchesName, matchesRoute, matchingPattern, type HostUse } from '../grants/index.ts'
import type { Manifest } from '../manifest/index.ts'
import type { HoldingPart } from './ceilings.ts'
import type { AllowedSecret, HostPolicy, Tenant } from './host-policy.ts'
import { namesText, refusedLine, type PolicyLine } from './policy-line.ts'
import { tenantsOf } from './tenant.ts'

/** @param holding - the part of its tenant, or the part for all when it has none */
export function refusedNames(
  policy: HostPolicy,
  holding: HoldingPart,
  manifest: Manifest,
): PolicyLine[] {
  const { limits, features = [] } = manifest
  const { part } = holding
  const listed = (list: 'metering' | 'features', path: Path, name: string): PolicyLine[] =>
    refusedBy(holding, path, name, part[list], [list])
  return [
    ...refusedAddresses(policy, holding, manifest),
    ...listed('metering', ['limits', 'metering'], limits.metering),
    ...features.flatMap((feature, index) => listed('features', ['features', index], feature)),
    ...usesOf(manifest).flatMap((use) => refusedUse(policy, holding, manifest.name, use)),
  ]
}

/** The route and the host names that requests come to. Where there are no tenants, the operator approves them alone. */
function refusedAddresses(
  { tenants = {} }: HostPolicy,
  holding: HoldingPart,
  manifest: Manifest,
): PolicyLine[] {
  const tenant = holding.tenant === undefined ? undefined : tenants[holding.tenant]
  if (tenant === undefined) return []
  // An agent with host names of its own may have no route beside the others.
  const { name, route, hosts = [] } = manifest
  const routes = tenant.routes ?? [`/${name}/*`]
  const isOwn = route === undefined || routes.some((pattern) => matchesRoute(pattern, route))
  return [
    ...(isOwn ? [] : [refusedLine(holding, ['route'], route, namesText(routes), ['routes'])]),
    ...hosts.flatMap((host, index) =>
      refusedBy(holding, ['hosts', index], host, tenant.hosts, ['hosts']),
    ),
  ]
}

/** A use, with its place in the manifest. */
interface PlacedUse extends HostUse {
  readonly place: Path
}

function usesOf({ capabilities }: Manifest): PlacedUse[] {
  const grants: Readonly<Record<string, unknown>> = { ...capabilities }
  return [...GRANT_KINDS].flatMap(([capability, { hostSide }]) => {
    const grant = grants[capability]
    if (grant === undefined) return []
    return hostSide
      .usesOf(grant)
      .map((use) => ({ ...use, place: ['capabilities', capability, ...use.path] }))
  })
}

function refusedUse(
  policy: HostPolicy,
  holding: HoldingPart,
  agent: string,
  use: PlacedUse,
): PolicyLine[] {
  const { part } = holding
  switch (use.list) {
    case 'networks':
    case 'env':
      return refusedBy(holding, use.place, use.name, part[use.list], [use.list])
    case 'secrets':
      return use.usage === undefined
        ? refusedSecret(holding, use, part.secrets)
        : refusedSecretUse(agent, holding, { ...use, usage: use.usage }, part.secrets)
    case 'tools':
      return refusedTool(policy, holding, use)
  }
}

function refusedSecret(
  holding: HoldingPart,
  { place, name, host = '' }: PlacedUse,
  secrets: readonly AllowedSecret[],
): PolicyLine[] {
  const known = secrets.filter((secret) => matchesName(secret.name, name))
  const isSent = known.some(
    ({ hosts }) => hosts === undefined || matchingPattern(hosts, host) !== undefined,
  )
  if (isSent) return []
  const isKnown = known.length > 0
  const hosts = known.flatMap((secret) => secret.hosts ?? [])
  const allowed = isKnown
    ? `it for ${namesText(hosts)}`
    : namesText(secrets.map((secret) => secret.name))
  const what = isKnown ? `secret "${name}" for "${host}"` : `secret "${name}"`
  return [refusedLine(holding, place, name, allowed, ['secrets'], what)]
}

/** A secret as a key, or its text. */
function refusedSecretUse(
  agent: string,
  holding: HoldingPart,
  { place, name, usage }: PlacedUse & { readonly usage: string },
  secrets: readonly AllowedSecret[],
): PolicyLine[] {
  const known = secrets.filter((secret) => matchesName(secret.name, name))
  const allowed = known.flatMap(({ use = [], readableBy = [] }) =>
    usage === 'text' ? readableBy : use,
  )
  if (matchingPattern(allowed, usage === 'text' ? agent : usage) !== undefined) return []
  const text =
    usage === 'text' ? `it to be read by ${namesText(allowed)}` : `it as ${namesText(allowed)}`
  const what = usage === 'text' ? `text of secret "${name}"` : `secret "${name}" as "${usage}"`
  return [
    refusedLine(
      holding,
      place,
      name,
      known.length > 0 ? text : namesText(secrets.map((secret) => secret.name)),
      ['secrets'],
      what,
    ),
  ]
}

/** The names of the secrets that `manifest` asks for. */
export function secretsOf(manifest: Manifest): ReadonlySet<string> {
  const secrets = usesOf(manifest).filter(({ list }) => list === 'secrets')
  return new Set(secrets.map(({ name }) => name))
}

/** Whether `policy` lets `agent` read the text of the secret `name`. */
export function mayReadSecret(policy: HostPolicy, agent: string, name: string): boolean {
  const [tenant, ...others] = tenantsOf(policy, agent)
  if (others.length > 0) return false
  const part = tenant === undefined ? policy : policy.tenants?.[tenant]
  return (part?.secrets ?? []).some(
    (secret) =>
      matchesName(secret.name, name) &&
      matchingPattern(secret.readableBy ?? [], agent) !== undefined,
  )
}

/** Agents of one tenant may call each other; so may those of none. */
function refusedTool(
  policy: HostPolicy,
  holding: HoldingPart,
  { place, name }: PlacedUse,
): PolicyLine[] {
  if (policy.tenants === undefined) return []
  const callee = tenantsOf(policy, name)
  if (holding.tenant === undefined) {
    if (callee.length === 0) return []
    return [refusedLine(holding, place, name, 'agents of no tenant', ['tenants'])]
  }
  if (callee.length === 1 && callee[0] === holding.tenant) return []
  const tenant: Tenant | undefined = policy.tenants[holding.tenant]
  const tools = tenant?.tools ?? []
  if (matchingPattern(tools, name) !== undefined) return []
  const allowed = ['agents of its tenant', ...tools.map((tool) => JSON.stringify(tool))].join(', ')
  return [refusedLine(holding, place, name, allowed, ['tools'])]
}

function refusedBy(
  holding: HoldingPart,
  path: Path,
  name: string,
  allowed: readonly string[],
  rule: Path,
): PolicyLine[] {
  if (matchingPattern(allowed, name) !== undefined) return []
  return [refusedLine(holding, path, name, namesText(allowed), rule)]
}
