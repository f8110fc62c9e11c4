/**
 * `mayfly policy what-if`: which recorded uses a changed manifest would have denied.
 *
 * @module
 */

import { MayflyError, printable, printableJson } from '../../../../runtime/errors/index.ts'
import type { AuditRecord } from '../../../../runtime/audit/index.ts'
import type { Capabilities } from '../../../../runtime/manifest/index.ts'
import { countInMemory, judgeUse } from '../../../../runtime/policy/index.ts'
import { auditRecords } from '../../../drivers/audit-file/index.ts'
import { auditLogOf } from '../../audit-log.ts'
import { recordFilter } from '../../record-text.ts'
import type { ParsedArguments } from '../../verb.ts'
import { agentManifest } from './agent-manifest.ts'

export const WHAT_IF_USAGE = 'mayfly policy what-if AGENT'

/** Uses of one kind with one answer. */
interface UseGroup {
  readonly capability: string
  readonly action: string
  readonly target: string
  readonly reason: string
  count: number
  /** ISO 8601. */
  lastAt: string
}

/** The output with `--json`. */
interface WhatIf {
  readonly agent: string
  /** Uses of http, kv and tools that were allowed. */
  readonly uses: number
  readonly denied: readonly UseGroup[]
  /** The log does not have the facts that would tell. */
  readonly unknown: readonly UseGroup[]
}

/**
 * @returns the exit code
 * @throws {MayflyError} ERR_USAGE, ERR_MANIFEST_INVALID
 */
export async function whatIf(
  [agent, ...more]: readonly string[],
  values: ParsedArguments['values'],
): Promise<number> {
  if (agent === undefined || more.length > 0) {
    throw new MayflyError('ERR_USAGE', 'Cannot compare: one agent is needed', {
      hint: WHAT_IF_USAGE,
    })
  }
  const { manifest } = agentManifest(agent)
  const { data, since } = values
  const directory = auditLogOf(typeof data === 'string' ? data : undefined)
  const matches = recordFilter({ agent: manifest.name, outcome: 'allowed', since })
  const records = (await Array.fromAsync(auditRecords(directory))).filter(matches)
  const found = compare(manifest.name, manifest.capabilities, records)
  console.log(
    values['json'] === true
      ? printableJson(JSON.stringify(found, undefined, 2))
      : render(found).map(printable).join('\n'),
  )
  return found.denied.length === 0 ? 0 : 1
}

function compare(
  agent: string,
  capabilities: Capabilities,
  records: readonly AuditRecord[],
): WhatIf {
  const groups = { denied: new Map<string, UseGroup>(), unknown: new Map<string, UseGroup>() }
  const countUse = countInMemory()
  let uses = 0
  // Each thread has written its own file; leases count uses in their order.
  for (const record of records.toSorted((a, b) => a.timeMs - b.timeMs)) {
    const { kind, capability = '', action = '', target = '', timeMs } = record
    if (kind !== 'use') continue
    const verdict = judgeUse(capabilities, { capability, action, target }, countUse)
    if (verdict === undefined) continue
    uses++
    if (verdict.state === 'allowed') continue
    const { state, reason } = verdict
    const key = JSON.stringify([capability, action, target, reason])
    const lastAt = new Date(timeMs).toISOString()
    const group = groups[state].get(key) ?? { capability, action, target, reason, count: 0, lastAt }
    groups[state].set(key, { ...group, count: group.count + 1, lastAt })
  }
  return {
    agent,
    uses,
    denied: [...groups.denied.values()],
    unknown: [...groups.unknown.values()],
  }
}

function render({ agent, uses, denied, unknown }: WhatIf): string[] {
  const lines = (groups: readonly UseGroup[]): string[] =>
    groups.map(
      ({ capability, action, target, reason, count, lastAt }) =>
        `  ${capability} ${action} ${target}, ${count} times, last ${lastAt}: ${reason}`,
    )
  const total = (groups: readonly UseGroup[]): number =>
    groups.reduce((sum, { count }) => sum + count, 0)
  return [
    `${total(denied)} of ${uses} uses of agent "${agent}" would have been denied`,
    ...lines(denied),
    ...(unknown.length === 0 ? [] : ['', `${total(unknown)} cannot be told:`, ...lines(unknown)]),
  ]
}
