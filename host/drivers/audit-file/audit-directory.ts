/**
 * The audit log of a host as files: a directory with the chains of all its writers, each in segments.
 *
 * @module
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  parseHead,
  readChain,
  receiptOf,
  type AuditEvent,
  type AuditRecord,
  type Receipt,
  type SignedHead,
} from '../../../runtime/audit/index.ts'
import { sha256 } from '../../digest/index.ts'
import {
  AUDIT_SUFFIX,
  compareSegments,
  HEAD_SUFFIX,
  parseSegmentName,
  segmentName,
} from './segment-name.ts'

/** All records, file by file. Not verified. */
export async function* auditRecords(directory: string): AsyncGenerator<AuditRecord> {
  for (const name of auditFiles(directory)) {
    const records: AuditRecord[] = []
    await readChain(auditText(directory, name), {
      sha256,
      onRecord: (record) => records.push(record),
    })
    yield* records
  }
}

export async function auditReceipt(
  directory: string,
  invocation: string,
): Promise<Receipt | undefined> {
  const names = auditFiles(directory)
  for (const name of names.toReversed()) {
    let text = auditText(directory, name)
    // Cheap, and most files do not have it.
    if (!text.includes(`,${invocation.length}:${invocation},`)) continue
    // An invocation that began before a segment was closed ends in the next: together they are one chain.
    const before = segmentBefore(name)
    if (before !== undefined && names.includes(before)) text = auditText(directory, before) + text
    const receipt = await receiptOf(invocation, text, { sha256 })
    if (receipt !== undefined) return receipt
  }
  return undefined
}

/** Fields about the previous `main` chain, for the first record of a new one. */
export async function previousChain(directory: string): Promise<Partial<AuditEvent>> {
  const chain = auditFiles(directory)
    .map((name) => parseSegmentName(name).chain)
    .findLast((each) => each.endsWith('-main'))
  if (chain === undefined) return {}
  // The last one may have been made and not begun.
  for (const file of auditFiles(directory).toReversed()) {
    if (parseSegmentName(file).chain !== chain) continue
    const head = headBeside(directory, file)
    if (head !== undefined) return { file, head: head.hash, count: head.sequence }
  }
  return {}
}

/** How far the segment in `name` has come, by the `.head` file beside it. */
export function headBeside(directory: string, name: string): SignedHead | undefined {
  const file = join(directory, name + HEAD_SUFFIX)
  if (!existsSync(file)) return undefined
  return parseHead(readFileSync(file, 'latin1').trimEnd())
}

/** In the order in which hosts started, segments of a chain one after the other. */
export function auditFiles(directory: string): string[] {
  return filesIn(directory, AUDIT_SUFFIX).toSorted(compareSegments)
}

/** Of all segments, whether or not they are there. */
export function headFiles(directory: string): string[] {
  return filesIn(directory, AUDIT_SUFFIX + HEAD_SUFFIX).toSorted()
}

export function auditText(directory: string, name: string): string {
  return readFileSync(join(directory, name), 'latin1')
}

/** The name of the segment before `name`; `undefined` for the first segment. */
export function segmentBefore(name: string): string | undefined {
  const { chain, number } = parseSegmentName(name)
  return number === 1 ? undefined : segmentName({ chain, number: number - 1 })
}

/** Returns no files when the directory does not exist. */
function filesIn(directory: string, suffix: string): string[] {
  const isDirectory = statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true
  return isDirectory ? readdirSync(directory).filter((name) => name.endsWith(suffix)) : []
}
