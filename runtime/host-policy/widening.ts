/**
 * Refuses a policy in which a tenant would have more than the host as a whole.
 *
 * Such a line could only be a mistake: it would be read as a permission, and give none.
 *
 * @module
 */
import { isObject, problem, type Path, type Problem } from '../documents/index.ts'
import { matchesName, matchingPattern } from '../grants/index.ts'
import type { AllowedSecret, HostPolicy, PolicyPart, Tenant } from './host-policy.ts'

/** Returns a problem for each line that gives a tenant more. */
export function wideningProblems({ tenants, ...host }: HostPolicy): Problem[] {
  return Object.entries(tenants ?? {}).flatMap(([name, tenant]) => [
    ...aboveCeilings(tenant, host, ['tenants', name]),
    ...outsideLists(tenant, host, ['tenants', name]),
  ])
}

function aboveCeilings(tenant: Tenant, host: PolicyPart, at: Path): Problem[] {
  return numbersIn(tenant).flatMap(({ path, value }) => {
    const most = numbersIn(host).find(({ path: other }) => other.join() === path.join())?.value
    return most === undefined || value <= most
      ? []
      : [problem([...at, ...path], `expected at most ${most}, as for all agents, got ${value}`)]
  })
}

/** A ceiling of a part, and where it stands there. */
interface Ceiling {
  readonly path: Path
  readonly value: number
}

function numbersIn({ limits, quotas }: PolicyPart): Ceiling[] {
  return [...numbers({ limits }, []), ...numbers({ quotas }, [])]
}

function numbers(value: object, path: Path): Ceiling[] {
  return Object.entries(value).flatMap(([key, field]: [string, unknown]) => {
    const at = [...path, key]
    if (typeof field === 'number') return [{ path: at, value: field }]
    return isObject(field) ? numbers(field, at) : []
  })
}

const LISTS = ['metering', 'features', 'networks', 'env'] as const

function outsideLists(tenant: Tenant, host: PolicyPart, at: Path): Problem[] {
  const names = LISTS.flatMap((list) =>
    tenant[list].flatMap((name, index) =>
      matchingPattern(host[list], name) === undefined
        ? [problem([...at, list, index], outside(list, name, host[list]))]
        : [],
    ),
  )
  const secrets = tenant.secrets.flatMap((secret, index) =>
    host.secrets.some((each) => coversSecret(each, secret))
      ? []
      : [
          problem(
            [...at, 'secrets', index],
            `expected a secret that "secrets" for all agents allow, for no other host, got "${secret.name}"`,
          ),
        ],
  )
  return [...names, ...secrets]
}

function outside(list: string, name: string, allowed: readonly string[]): string {
  const known = allowed.map((each) => `"${each}"`).join(', ') || 'none'
  return `expected something that "${list}" for all agents allows (${known}), got "${name}"`
}

function coversSecret(wide: AllowedSecret, narrow: AllowedSecret): boolean {
  if (!matchesName(wide.name, narrow.name)) return false
  const { hosts, use = [], readableBy = [] } = wide
  const covers = (all: readonly string[], some: readonly string[] = []): boolean =>
    some.every((each) => matchingPattern(all, each) !== undefined)
  if (!covers(use, narrow.use) || !covers(readableBy, narrow.readableBy)) return false
  if (hosts === undefined) return true
  return narrow.hosts !== undefined && covers(hosts, narrow.hosts)
}
