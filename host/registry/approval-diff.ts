/** Compares a version of an agent with what the ledger has of it, and refuses one that gains. @module */

import { MayflyError } from '../../runtime/errors/index.ts'
import {
  manifestFromObject,
  policyText,
  type Capabilities,
  type Manifest,
} from '../../runtime/manifest/index.ts'
import {
  capabilityDiff,
  type AgentPowers,
  type CapabilityDiff,
} from '../../runtime/policy/index.ts'
import { digestOf } from '../digest/index.ts'
import type { LedgerEntry } from './ledger-file.ts'

/** A version, with the interfaces that it cannot do without. */
export type ComparedVersion = Pick<Manifest, 'name'> & AgentPowers

/**
 * Compares what `after` has left with what the agent has left. More than what an operator has taken is a gain too, though it
 * stays away: the operator may give it back.
 *
 * @param left - what `after` has left
 */
export function diffOf(
  before: LedgerEntry,
  after: ComparedVersion,
  left: Capabilities,
): CapabilityDiff {
  const old = { ...boundsOf(before, after), imports: before.imports, capabilities: heldBy(before) }
  const { gained, lost } = capabilityDiff(old, { ...after, capabilities: left })
  const { gained: more } = capabilityDiff(old, after, before.taken)
  return { gained: [...new Set([...gained, ...more])], lost }
}

/** @throws {MayflyError} ERR_CAPABILITY_DENIED when it gains what it was not allowed */
export function requireApproval(
  name: string,
  { gained, lost }: CapabilityDiff,
  allowNew: boolean,
): void {
  if (gained.length === 0 || allowNew) return
  const lines = [...gained.map((line) => `  + ${line}`), ...lost.map((line) => `  - ${line}`)]
  throw new MayflyError(
    'ERR_CAPABILITY_DENIED',
    `Cannot deploy agent "${name}": it gains capabilities that were not approved\n${lines.join('\n')}`,
    {
      hint: 'Serve or deploy it with --allow-new-capabilities once, if it is to have them',
      facts: { agent: name, gained: gained.length, lost: lost.length },
    },
  )
}

/** What the approved version has left. */
export function heldBy({
  narrowed,
  capabilities,
}: Pick<LedgerEntry, 'narrowed' | 'capabilities'>): Capabilities {
  return narrowed ?? capabilities
}

/** An older host kept none: they are those of `after` if the hash of the policy says so, and the defaults otherwise. */
function boundsOf(
  { capabilities, policy, limits, features = [], ...others }: LedgerEntry,
  after: ComparedVersion,
): Omit<AgentPowers, 'imports' | 'capabilities'> {
  if (limits !== undefined) return { limits, features, ...pathsOf(others), ...eventsOf(others) }
  const defaults = manifestFromObject({ name: after.name })
  const isUnchanged = digestOf(policyText({ ...after, capabilities })) === policy
  const known = isUnchanged ? after : defaults
  return {
    limits: known.limits,
    features: known.features ?? [],
    ...pathsOf(defaults),
  }
}

/** What has the host call an agent without a request. */
export function eventsOf({
  schedule,
  consumes,
}: Pick<AgentPowers, 'schedule' | 'consumes'>): Pick<AgentPowers, 'schedule' | 'consumes'> {
  return {
    ...(schedule === undefined ? {} : { schedule }),
    ...(consumes === undefined ? {} : { consumes }),
  }
}

/** Where an agent answers: beside other agents, and at names that are its own. */
export function pathsOf({
  route,
  hosts,
}: Pick<AgentPowers, 'route' | 'hosts'>): Pick<AgentPowers, 'route' | 'hosts'> {
  return {
    ...(typeof route === 'string' ? { route } : {}),
    ...(hosts === undefined ? {} : { hosts }),
  }
}
