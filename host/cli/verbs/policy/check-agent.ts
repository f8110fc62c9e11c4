/**
 * `mayfly policy check`: what a host would refuse of an agent, by a policy file or by asking the host itself.
 *
 * @module
 */

import { MayflyError, printable, printableJson } from '../../../../runtime/errors/index.ts'
import { askerOf } from '../../ask-host.ts'
import type { ParsedArguments } from '../../verb.ts'
import { agentManifest } from './agent-manifest.ts'
import { askPolicyFile, linesText, type LocatedLine } from './policy-file.ts'

export const CHECK_USAGE = 'mayfly policy check AGENT'

/** The answer of a host, or of a file: then with places. */
interface Checked {
  readonly agent: string
  readonly hasPolicy: boolean
  readonly tenant?: string
  readonly refused: readonly Line[]
  readonly lowered: readonly Line[]
}

type Line = Omit<LocatedLine, 'at'> & Partial<Pick<LocatedLine, 'at'>>

/**
 * @returns the exit code
 * @throws {MayflyError} ERR_USAGE, ERR_MANIFEST_INVALID, ERR_HOST_UNAVAILABLE
 */
export async function checkAgent(
  [agent, ...more]: readonly string[],
  values: ParsedArguments['values'],
): Promise<number> {
  if (agent === undefined || more.length > 0) {
    throw new MayflyError('ERR_USAGE', 'Cannot check: one agent is needed', { hint: CHECK_USAGE })
  }
  const { policy, url, data } = values
  if (policy !== undefined && (url ?? data) !== undefined) {
    throw new MayflyError('ERR_USAGE', 'Cannot check by a file and by a host at once', {
      hint: 'Give --policy, or --data or --url',
    })
  }
  const { file, manifest } = agentManifest(agent)
  let checked: Checked
  if (typeof policy === 'string') {
    checked = { agent: manifest.name, hasPolicy: true, ...askPolicyFile(policy, manifest) }
  } else {
    const body = JSON.stringify(manifest)
    const { ok, text } = await askerOf(values)({ path: '/-/policy/check', method: 'POST', body })
    if (!ok) {
      console.error(printableJson(text.trimEnd()))
      return 1
    }
    // The host answers in the words of its contract.
    checked = JSON.parse(text) as Checked
  }
  console.log(
    values['json'] === true
      ? printableJson(JSON.stringify(checked, undefined, 2))
      : render(checked, file),
  )
  return checked.refused.length === 0 ? 0 : 1
}

function render({ agent, hasPolicy, tenant, refused, lowered }: Checked, file: string): string {
  const whose = tenant === undefined ? '' : `, tenant "${tenant}"`
  const lines =
    refused.length > 0
      ? [
          `Denied: agent "${agent}"${whose}`,
          ...linesText(refused),
          '',
          `Change ${file}, or have the operator change ${rulesOf(refused)} in the policy`,
        ]
      : [hasPolicy ? `Allowed: agent "${agent}"${whose}` : 'Allowed: the host has no policy']
  const notes = lowered.length === 0 ? [] : ['', 'Lowered:', ...linesText(lowered)]
  return [...lines, ...notes].map(printable).join('\n')
}

function rulesOf(lines: readonly Line[]): string {
  return [...new Set(lines.map(({ rule }) => rule))].join(', ')
}
