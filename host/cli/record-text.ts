/**
 * One audit record as a line for people, and the filter for the records that a person asked for.
 *
 * @module
 */

import { AUDIT_FIELDS, type AuditRecord } from '../../runtime/audit/index.ts'
import { MayflyError, printable } from '../../runtime/errors/index.ts'
import type { ParsedArguments } from './verb.ts'

// Long, and the same in most lines; `--json` has them.
const LEFT_OUT: ReadonlySet<string> = new Set(['agent', 'component', 'policy', 'outcome', 'key'])

export function recordText(record: AuditRecord): string {
  const { timeMs, kind, agent = 'host', outcome = '' } = record
  const details = AUDIT_FIELDS.flatMap((field) => {
    const value = record[field]
    return value === undefined || LEFT_OUT.has(field) ? [] : [`${field}=${value}`]
  })
  const parts = [new Date(timeMs).toISOString(), agent, kind, outcome, ...details]
  return printable(parts.filter((part) => part !== '').join(' '))
}

/** @throws {MayflyError} ERR_USAGE */
export function recordFilter(
  { agent, outcome, since }: ParsedArguments['values'],
  now: number = Date.now(),
): (record: AuditRecord) => boolean {
  const from = typeof since === 'string' ? timeOf(since, now) : -Infinity
  return (record) =>
    record.timeMs >= from &&
    (agent === undefined || record.agent === agent) &&
    (outcome === undefined || record.outcome === outcome)
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

function timeOf(text: string, now: number): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? []
  const time = count === undefined ? Date.parse(text) : now - Number(count) * (UNIT_MS[unit] ?? 0)
  if (!Number.isNaN(time)) return time
  throw new MayflyError('ERR_USAGE', `Cannot show records since "${text}": not a time`, {
    hint: 'Such as 2027-01-31T12:00:00Z, or 15m',
  })
}
