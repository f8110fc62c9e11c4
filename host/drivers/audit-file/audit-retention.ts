/**
 * Keeps the audit log below a size: removes whole segments, oldest first, and signs a record of each removal.
 *
 * The record is written before the file is removed, and outlasts a power cut. So a file that is missing without a
 * record was not removed by the host. Records of earlier removals are written again before the segment that holds them
 * is removed. Only signed records are, so that a record slipped into an old file does not get a signature.
 *
 * @module
 */

import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readChain, type AuditEvent, type AuditRecord } from '../../../runtime/audit/index.ts'
import { sha256 } from '../../digest/index.ts'
import { auditFiles, auditText, headBeside } from './audit-directory.ts'
import type { AuditFile } from './audit-file.ts'
import { CONTINUED, Removals } from './removals.ts'
import { HEAD_SUFFIX, parseSegmentName } from './segment-name.ts'

export interface RetentionOptions {
  readonly directory: string
  /** Size of all files of the log together, in bytes. A file that is still written to is never removed. */
  readonly maxBytes: number
  /** Takes the records of removals. */
  readonly log: AuditFile
  /** Of this start of the host. */
  readonly host: string
  /** The key that verifies the log, in base64url. */
  readonly publicKey: string
}

interface Stored {
  readonly name: string
  readonly bytes: number
  readonly changedAt: number
  /** The last segment of its chain, which its writer may have open. */
  readonly last: boolean
}

// Another host may write to the same directory, so fresh files stay.
const FRESH_MS = 3_600_000
const HOST = /^(.*)-(?:main|worker-\d+)$/

/** Returns the names of the files that were removed. */
export async function removeOldest(options: RetentionOptions): Promise<readonly string[]> {
  const { directory, maxBytes, log, host, publicKey } = options
  const stored = storedFiles(directory)
  let bytes = stored.reduce((sum, file) => sum + file.bytes, 0)
  const events: AuditEvent[] = []
  const carried = new Removals()
  const kept = new Set<string>()
  while (bytes > maxBytes) {
    const oldest = oldestOf(stored, (file) => kept.has(chainOf(file)) || mayBeOpen(file, host))
    if (oldest === undefined) break
    const event = removalOf(directory, oldest)
    if (event === undefined || !(await carry(directory, oldest.name, publicKey, carried))) {
      // The file is damaged, or records in it are unsigned. It stays as evidence for the verifier of the log.
      kept.add(chainOf(oldest))
      continue
    }
    events.push(event)
    stored.splice(stored.indexOf(oldest), 1)
    bytes -= oldest.bytes
  }
  if (events.length === 0) return []
  const firstHost = HOST.exec(stored.map(chainOf).sort()[0] ?? '')?.[1]
  if (firstHost !== undefined) carried.add({ kind: 'removed', host: firstHost })
  for (const event of [...carried.events(), ...events]) log.append(event)
  if (!log.flush()) return []
  log.sync()
  const names = events.map(({ file = '' }) => file)
  for (const name of names) {
    rmSync(join(directory, name), { force: true })
    rmSync(join(directory, name + HEAD_SUFFIX), { force: true })
  }
  return names
}

function storedFiles(directory: string): Stored[] {
  const names = auditFiles(directory)
  return names.map((name, index) => {
    const { size, mtimeMs } = statSync(join(directory, name))
    const head = statSync(join(directory, name + HEAD_SUFFIX), { throwIfNoEntry: false })
    const next = names[index + 1]
    return {
      name,
      bytes: size + (head?.size ?? 0),
      changedAt: mtimeMs,
      last: next === undefined || parseSegmentName(next).chain !== parseSegmentName(name).chain,
    }
  })
}

/** Returns the oldest of the first segments of all chains: only the beginning of a chain may be removed. */
function oldestOf(
  stored: readonly Stored[],
  isKept: (file: Stored) => boolean,
): Stored | undefined {
  const firsts = new Map<string, Stored>()
  for (const file of stored) if (!firsts.has(chainOf(file))) firsts.set(chainOf(file), file)
  return [...firsts.values()]
    .filter((file) => !isKept(file))
    .sort((a, b) => a.changedAt - b.changedAt)[0]
}

function mayBeOpen(file: Stored, host: string): boolean {
  if (!file.last) return false
  return HOST.exec(chainOf(file))?.[1] === host || Date.now() - file.changedAt < FRESH_MS
}

function chainOf({ name }: Stored): string {
  return parseSegmentName(name).chain
}

/** Nothing when it is not known how the file ends. */
function removalOf(directory: string, { name, bytes, last }: Stored): AuditEvent | undefined {
  const head = headBeside(directory, name)
  if (head === undefined && bytes > 0) return undefined
  return {
    kind: 'removed',
    file: name,
    ...(head === undefined ? {} : { count: head.sequence, head: head.hash }),
    ...(last ? {} : { reason: CONTINUED }),
  }
}

/** Adds the records in `name` of earlier removals. Returns whether all of them are signed. */
async function carry(
  directory: string,
  name: string,
  publicKey: string,
  carried: Removals,
): Promise<boolean> {
  const text = auditText(directory, name)
  if (!text.includes(',7:removed,')) return true
  let unsigned: AuditRecord[] = []
  const found: AuditRecord[] = []
  const { problems } = await readChain(text, {
    sha256,
    publicKey,
    onRecord: (record) => {
      if (record.kind === 'removed') unsigned.push(record)
    },
    onHead() {
      found.push(...unsigned)
      unsigned = []
    },
  })
  if (problems.length > 0 || unsigned.length > 0) return false
  for (const record of found) carried.add(record)
  return true
}
