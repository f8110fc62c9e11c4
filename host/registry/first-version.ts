/**
 * The first version of an agent, when it comes with a token that may approve nothing.
 *
 * The ledger approves a first version by itself, because the operator who serves it knows it. The holder of a token
 * would have any power that way, under a new name.
 *
 * @module
 */

import { MayflyError } from '../../runtime/errors/index.ts'
import { manifestFromObject } from '../../runtime/manifest/index.ts'
import { capabilityDiff } from '../../runtime/policy/index.ts'
import type { LoadedVersion } from './admission.ts'
import type { AgentLedger } from './agent-ledger.ts'

/** @throws {MayflyError} ERR_CAPABILITY_DENIED for a first version with more than an empty manifest grants */
export function checkFirstVersion(
  ledger: Pick<AgentLedger, 'knows'>,
  { bundle, prepared }: Pick<LoadedVersion, 'bundle' | 'prepared'>,
  caller: string,
): void {
  const { manifest } = bundle
  const { name } = manifest
  if (ledger.knows(name)) return
  // What it imports is of no use to it without a grant. Its addresses were compared with those of the token.
  const given = { ...manifest, imports: prepared.interfaces }
  const { capabilities, limits, features } = manifestFromObject({ name })
  const { gained } = capabilityDiff({ ...given, capabilities, limits, features }, given)
  if (gained.length === 0) return
  const lines = gained.map((line) => `  + ${line}`)
  throw new MayflyError(
    'ERR_CAPABILITY_DENIED',
    `Cannot deploy agent "${name}": its first version has capabilities that "${caller}" may not approve\n${lines.join('\n')}`,
    {
      hint: 'The operator deploys it once, or makes a token with --can approve',
      facts: { agent: name, gained: gained.length },
    },
  )
}
