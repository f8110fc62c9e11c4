/**
 * Finds records that were edited, removed, added or reordered in the audit log of a host.
 *
 * A segment proves its own records, and that it follows the segment before. Other files prove that no segment is
 * missing or cut off: the `.head` file beside each segment; the record that closes a segment and names the next; the
 * chain of `main`, which names the writers of its host and notes their positions; and the first record of the next
 * `main`, which names the one before. The host has a signed record of each file that it removed itself, oldest first.
 * If all files are gone or empty, other files in the directory show it. One attack is not found: the whole directory
 * put back to an earlier state. Against that, keep a head elsewhere.
 *
 * @module
 */

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  headVerifier,
  readChain,
  type AuditRecord,
  type ChainHead,
  type ChainReport,
  type SignedHead,
} from '../../../runtime/audit/index.ts'
import { sha256 } from '../../digest/index.ts'
import { auditFiles, auditText, headBeside, headFiles, segmentBefore } from './audit-directory.ts'
import { KEY_FILE } from './audit-key.ts'
import { Removals } from './removals.ts'
import { AUDIT_SUFFIX, HEAD_SUFFIX, parseSegmentName } from './segment-name.ts'

/** The findings in one file of the log. */
export interface AuditedFile {
  /** Its name in the directory of the log. */
  readonly name: string
  /** How many records are in it. */
  readonly records: number
  /** Number of records that no head covers: the host was killed, or another writer of the file added them. */
  readonly unsigned: number
  /** How far its chain has come. */
  readonly head: ChainHead
  /** Whether its writer closed it. */
  readonly closed: boolean
}

/** The findings in all files of the log. */
export interface AuditVerdict {
  /** By name. */
  readonly files: readonly AuditedFile[]
  /** Number of older files that the host removed, to stay below the size that the operator set. */
  readonly removed: number
  /** Each as `file: problem`. Empty when the log is sound. */
  readonly problems: readonly string[]
}

interface Segment {
  readonly name: string
  readonly report: ChainReport
  /** By sequence. */
  readonly hashes: readonly string[]
  /** Its records about other files. */
  readonly claims: readonly AuditRecord[]
}

type Segments = ReadonlyMap<string, Segment>

/**
 * Finds records that were edited, removed, added or reordered in the audit log in `directory`.
 *
 * @param publicKey - key of the expected signer, in base64url; without it, the key that each chain names is taken
 * @param witnesses - other files that a host leaves only if it has recorded something; none by default
 */
export async function verifyAudit(
  directory: string,
  publicKey?: string,
  witnesses: readonly string[] = [],
): Promise<AuditVerdict> {
  const segments = new Map<string, Segment>()
  const removals = new Removals()
  const problems: string[] = []
  for (const name of auditFiles(directory)) {
    const segment = await read(directory, name, publicKey, removals)
    segments.set(name, segment)
    if (isUnused(directory, segment)) continue
    const found = segment.report.problems.map(({ line, reason }) => `line ${line}: ${reason}`)
    const head = headBeside(directory, name)
    const cut = cutOff(segment, head, `its ${HEAD_SUFFIX} file`)
    if (cut !== undefined) found.push(cut)
    else if (head !== undefined && !(await holds(head, publicKey ?? segment.report.first?.key)))
      found.push(`the signature in its ${HEAD_SUFFIX} file does not hold`)
    problems.push(...found.map((problem) => `${name}: ${problem}`))
  }
  for (const segment of segments.values()) {
    problems.push(...missing(segment, segments, removals))
    const start = startProblem(segment, segments, removals)
    if (start !== undefined) problems.push(`${segment.name}: ${start}`)
  }
  problems.push(...removals.gaps((name) => segments.has(name)))
  problems.push(...headsAlone(directory, segments, removals))
  if (![...segments.keys()].some((name) => hasRecords(segments, name))) {
    problems.push(...allGone(directory, witnesses))
  }
  const files = [...segments.values()].map(({ name, report }) => ({
    name,
    records: report.records,
    unsigned: report.unsigned,
    head: report.head,
    closed: report.last?.kind === 'close',
  }))
  return { files, removed: removals.count, problems: [...new Set(problems)] }
}

async function read(
  directory: string,
  name: string,
  publicKey: string | undefined,
  removals: Removals,
): Promise<Segment> {
  const hashes: string[] = []
  const claims: AuditRecord[] = []
  // A record that explains a missing file counts only once it is signed.
  let excuses: AuditRecord[] = []
  const report = await readChain(auditText(directory, name), {
    sha256,
    publicKey,
    onRecord(record, at) {
      hashes[record.sequence] = at
      if (record.kind === 'removed') excuses.push(record)
      else if (record.file !== undefined) claims.push(record)
    },
    onHead() {
      for (const record of excuses) removals.add(record)
      excuses = []
    },
  })
  return { name, report, hashes, claims }
}

/** Made, and its host was killed before it wrote the first record. */
function isUnused(directory: string, { name, report }: Segment): boolean {
  if (report.records > 0 || report.problems.length > 0) return false
  const head = statSync(join(directory, name + HEAD_SUFFIX), { throwIfNoEntry: false })
  return (head?.size ?? 0) === 0
}

/** Returns files that, by these records, are missing or have changed. */
function missing(
  { name, report, claims }: Segment,
  segments: Segments,
  removals: Removals,
): string[] {
  const problems = claims.flatMap(({ file = '', head, count = 0 }) => {
    const claimed = segments.get(file)
    if (claimed === undefined) {
      return removals.excuse(file) ? [] : [`${file}: removed; ${name} names it`]
    }
    if (head === undefined) return []
    const cut = cutOff(claimed, { sequence: count, hash: head }, name)
    return cut === undefined ? [] : [`${file}: ${cut}`]
  })
  const main = `${report.first?.host ?? ''}-main`
  const names = [...segments.keys()]
  if (
    report.first !== undefined &&
    !removals.excuse(main + AUDIT_SUFFIX) &&
    !names.some((each) => parseSegmentName(each).chain === main && hasRecords(segments, each))
  ) {
    problems.push(`${main}${AUDIT_SUFFIX}: removed; ${name} is of the same host`)
  }
  return problems
}

/** A head is written after the records it is of, and goes after them. */
function headsAlone(directory: string, segments: Segments, removals: Removals): string[] {
  return headFiles(directory)
    .map((head) => head.slice(0, -HEAD_SUFFIX.length))
    .filter((name) => !segments.has(name) && !removals.excuse(name))
    .map((name) => `${name}: removed; its ${HEAD_SUFFIX} file is there`)
}

/** A host that has made a key or served an agent has begun a chain, so an empty log is a problem. */
function allGone(directory: string, witnesses: readonly string[]): string[] {
  const key = join(directory, KEY_FILE)
  return [key, ...witnesses]
    .filter((witness) => existsSync(witness))
    .map((witness) => `no chain has a record: all were removed; "${witness}" shows that some had`)
}

function hasRecords(segments: Segments, name: string): boolean {
  return (segments.get(name)?.report.records ?? 0) > 0
}

/** Returns the problem with the head that the segment begins with. */
function startProblem(
  { name, report }: Segment,
  segments: Segments,
  removals: Removals,
): string | undefined {
  const before = segmentBefore(name)
  const { start, records } = report
  if (before === undefined) return start && 'is the first segment, and goes on from another'
  if (records === 0) return undefined
  if (start === undefined) return 'does not begin with the head it goes on from'
  const known = segments.get(before)
  if (known !== undefined) {
    const { sequence, hash } = known.report.head
    return sequence === start.sequence && hash === start.hash
      ? undefined
      : `does not go on from the end of ${before}`
  }
  if (!removals.excuse(before)) return `goes on from ${before}, which was removed`
  const removed = removals.headOf(before)
  return removed === undefined || removed.hash === start.hash
    ? undefined
    : `does not go on from ${before} as it was when it was removed`
}

async function holds(head: SignedHead, publicKey = ''): Promise<boolean> {
  const verify = await headVerifier(publicKey).catch(() => undefined)
  return (await verify?.(head)) === true
}

function cutOff(
  { report, hashes }: Segment,
  head: ChainHead | undefined,
  by: string,
): string | undefined {
  if (head === undefined) return `${by} is not there or not whole`
  if (hashes[head.sequence] === head.hash) return undefined
  if (report.start?.sequence === head.sequence && report.start.hash === head.hash) return undefined
  return report.head.sequence < head.sequence
    ? `ends with record ${report.head.sequence}, ${by} knows record ${head.sequence}: cut off`
    : `record ${head.sequence} is not the one ${by} knows: rewritten`
}
