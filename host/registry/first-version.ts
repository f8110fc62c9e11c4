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
import { pathsOf } from './approval-diff.ts'
import type { LoadedVersion } from './admission.ts'
import type { AgentLedger } from './agent-ledger.ts'

/** @throws {MayflyError} ERR_CAPABILITY_DENIED for a first version with more than an empty manifest gives */
export function checkFirstVersion(
  ledger: Pick<AgentLedger, 'knows'>,
  { bundle, prepared }: Pick<LoadedVersion, 'bundle' | 'prepared'>,
  caller: string,
): void {
  const { name } = bundle.manifest
  if (ledger.knows(name)) return
  // What it imports is of no use to it without a grant; where it answers was looked at with the scope of the token.
  const imports = prepared.interfaces
  const nothing = { ...manifestFromObject({ name }), ...pathsOf(bundle.manifest), imports }
  const { gained } = capabilityDiff(nothing, { ...bundle.manifest, imports })
  if (gained.length === 0) return
  const lines = gained.map((line) => `  + ${line}`)
  throw new MayflyError(
    'ERR_CAPABILITY_DENIED',
    `Cannot deploy agent "${name}": its first version has powers that "${caller}" may not approve\n${lines.join('\n')}`,
    {
      hint: 'The operator deploys it once, or makes a token with --can approve',
      facts: { agent: name, gained: gained.length },
    },
  )
}
