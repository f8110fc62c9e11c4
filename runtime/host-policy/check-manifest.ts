/**
 * What a host policy says to a manifest: what it refuses, and what is left of the rest.
 *
 * All is decided here, before an agent is loaded. A request asks no policy: it meets the grants and limits that are
 * left, as it would without one.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'
import type { Manifest } from '../manifest/index.ts'
import { refusedNames } from './allowed-names.ts'
import { boundManifest, partsFor } from './ceilings.ts'
import type { HostPolicy } from './host-policy.ts'
import { namesText, plainLine, type PolicyLine } from './policy-line.ts'
import { tenantsOf } from './tenant.ts'

/** The answer of a policy to a manifest. */
export interface PolicyAnswer {
  /** The tenant of the agent. */
  readonly tenant?: string
  /** What it refuses. Any line keeps the agent from being served. */
  readonly refused: readonly PolicyLine[]
  /** Defaults that are above their ceilings, which take their place. */
  readonly lowered: readonly PolicyLine[]
  /** The manifest with what was lowered. */
  readonly manifest: Manifest
}

export function checkManifest(policy: HostPolicy, manifest: Manifest): PolicyAnswer {
  const tenants = tenantsOf(policy, manifest.name)
  const outside = refusedName(policy, manifest.name, tenants)
  if (outside !== undefined) return { refused: [outside], lowered: [], manifest }
  const [tenant] = tenants
  const parts = partsFor(policy, tenant)
  const { refused, lowered, manifest: bounded } = boundManifest(manifest, parts)
  return {
    ...(tenant === undefined ? {} : { tenant }),
    refused: [...refused, ...refusedNames(policy, parts[0], manifest)],
    lowered,
    manifest: bounded,
  }
}

/**
 * The same for an agent that is to be served.
 *
 * @throws {MayflyError} ERR_POLICY_DENIED with every line that the policy refuses
 */
export function admitManifest(policy: HostPolicy, manifest: Manifest): PolicyAnswer {
  const answer = checkManifest(policy, manifest)
  if (answer.refused.length > 0) throw policyDenied(manifest.name, answer.refused)
  return answer
}

function refusedName(
  policy: HostPolicy,
  agent: string,
  tenants: readonly string[],
): PolicyLine | undefined {
  const none = { tenant: undefined }
  const name = JSON.stringify(agent)
  if (tenants.length > 1) {
    const text = `name ${name}: the host allows one tenant, ${namesText(tenants)} have it`
    return plainLine(none, 'name', ['tenants'], text)
  }
  const isOutside = policy.tenants !== undefined && tenants.length === 0
  if (!isOutside || policy.outsideTenants === 'allow') return undefined
  const all = namesText(Object.values(policy.tenants).flatMap(({ agents }) => agents))
  const text = `name ${name}: the host allows agents of its tenants, ${all}`
  return plainLine(none, 'name', ['tenants'], text)
}

function policyDenied(agent: string, refused: readonly PolicyLine[]): MayflyError {
  const lines = refused.map(({ text }) => `  ${text}`)
  const rules = [...new Set(refused.map(({ rule }) => rule))].join(', ')
  return new MayflyError(
    'ERR_POLICY_DENIED',
    `Cannot serve agent "${agent}": the policy of the host refuses it\n${lines.join('\n')}`,
    {
      hint: `Change agent.json, or have the operator change ${rules} in the policy file`,
      facts: { agent, refused: refused.length },
    },
  )
}
