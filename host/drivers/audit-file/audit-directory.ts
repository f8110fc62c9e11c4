/**
 * The audit log of a host: a directory with the chains of all its writers.
 *
 * A chain proves its own records. That none is missing as a whole, or cut off, is in others: the `.head`
 * file beside each; the chain of `main`, which names the writers of its host and notes how far they have
 * come; and the first record of the next `main`, which names the one before. What is not found: the whole
 * directory put back to an earlier state. Against that a head must be kept elsewhere.
 *
 * @module
 */

import { hash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  headVerifier,
  parseHead,
  readChain,
  receiptOf,
  type AuditEvent,
  type AuditRecord,
  type ChainHead,
  type ChainReport,
  type Receipt,
  type SignedHead,
} from '../../../runtime/audit/index.ts'
import { AUDIT_SUFFIX, HEAD_SUFFIX } from './audit-file.ts'

export interface AuditedFile {
  readonly name: string
  readonly records: number
  /** How many no head covers: of a host that was killed, or added by whoever could write the file. */
  readonly unsigned: number
  readonly head: ChainHead
  /** Whether its writer closed it. */
  readonly closed: boolean
}

export interface AuditVerdict {
  readonly files: readonly AuditedFile[]
  /** `file: what is wrong`. Empty when nothing was found. */
  readonly problems: readonly string[]
}

interface Chain {
  readonly name: string
  readonly report: ChainReport
  /** By sequence. */
  readonly hashes: readonly string[]
  /** What it says of other files. */
  readonly claims: readonly AuditRecord[]
}

/** @param publicKey - who must have signed; without it, that of each chain is taken */
export async function verifyAudit(directory: string, publicKey?: string): Promise<AuditVerdict> {
  const chains = new Map<string, Chain>()
  const problems: string[] = []
  for (const name of auditFiles(directory)) {
    const chain = await read(directory, name, publicKey)
    chains.set(name, chain)
    const found = chain.report.problems.map(({ line, reason }) => `line ${line}: ${reason}`)
    const head = headBeside(directory, name)
    const cut = cutOff(chain, head, `its ${HEAD_SUFFIX} file`)
    if (cut !== undefined) found.push(cut)
    else if (head !== undefined && !(await holds(head, publicKey ?? chain.report.first?.key)))
      found.push(`the signature in its ${HEAD_SUFFIX} file does not hold`)
    problems.push(...found.map((problem) => `${name}: ${problem}`))
  }
  for (const { name, claims } of chains.values()) {
    for (const claim of claims) {
      const problem = check(claim, chains, name)
      if (problem !== undefined) problems.push(problem)
    }
  }
  for (const { name, report } of chains.values()) {
    const main = `${report.first?.host ?? ''}-main${AUDIT_SUFFIX}`
    if (report.first !== undefined && !chains.has(main)) {
      problems.push(`${main}: removed; ${name} is of the same host`)
    }
  }
  const files = [...chains.values()].map(({ name, report }) => ({
    name,
    records: report.records,
    unsigned: report.unsigned,
    head: report.head,
    closed: report.last?.kind === 'close',
  }))
  return { files, problems: [...new Set(problems)] }
}

/** All records, file by file. Not verified. */
export async function* auditRecords(directory: string): AsyncGenerator<AuditRecord> {
  for (const name of auditFiles(directory)) {
    const records: AuditRecord[] = []
    await readChain(readText(directory, name), {
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
  for (const name of auditFiles(directory).toReversed()) {
    const text = readText(directory, name)
    // Cheap, and most files do not have it.
    if (!text.includes(`,${invocation.length}:${invocation},`)) continue
    const receipt = await receiptOf(invocation, text, { sha256 })
    if (receipt !== undefined) return receipt
  }
  return undefined
}

/** What the first record of a new `main` chain says of the one before. */
export async function previousChain(directory: string): Promise<Partial<AuditEvent>> {
  const name = auditFiles(directory).findLast((file) => file.endsWith(`-main${AUDIT_SUFFIX}`))
  if (name === undefined) return {}
  const head = headBeside(directory, name)
  return head === undefined ? {} : { file: name, head: head.hash, count: head.sequence }
}

/** How far the chain in `name` has come, by the `.head` file beside it. */
export function headBeside(directory: string, name: string): SignedHead | undefined {
  const file = join(directory, name + HEAD_SUFFIX)
  if (!existsSync(file)) return undefined
  return parseHead(readFileSync(file, 'latin1').trimEnd())
}

export function sha256(text: string): string {
  return hash('sha256', text)
}

/** In the order in which hosts started. */
function auditFiles(directory: string): string[] {
  return globSync(`*${AUDIT_SUFFIX}`, { cwd: directory }).toSorted()
}

function readText(directory: string, name: string): string {
  return readFileSync(join(directory, name), 'latin1')
}

async function read(
  directory: string,
  name: string,
  publicKey: string | undefined,
): Promise<Chain> {
  const hashes: string[] = []
  const claims: AuditRecord[] = []
  const report = await readChain(readText(directory, name), {
    sha256,
    publicKey,
    onRecord(record, at) {
      hashes[record.sequence] = at
      if (record.file !== undefined) claims.push(record)
    },
  })
  return { name, report, hashes, claims }
}

function check(
  { file = '', head, count = 0 }: AuditRecord,
  chains: ReadonlyMap<string, Chain>,
  by: string,
): string | undefined {
  const chain = chains.get(file)
  if (chain === undefined) return `${file}: removed; ${by} names it`
  if (head === undefined) return undefined
  const cut = cutOff(chain, { sequence: count, hash: head }, by)
  return cut === undefined ? undefined : `${file}: ${cut}`
}

async function holds(head: SignedHead, publicKey = ''): Promise<boolean> {
  const verify = await headVerifier(publicKey).catch(() => undefined)
  return (await verify?.(head)) === true
}

function cutOff(
  { report, hashes }: Chain,
  head: ChainHead | undefined,
  by: string,
): string | undefined {
  if (head === undefined) return `${by} is not there or not whole`
  if (hashes[head.sequence] === head.hash) return undefined
  return report.head.sequence < head.sequence
    ? `ends with record ${report.head.sequence}, ${by} knows record ${head.sequence}: cut off`
    : `record ${head.sequence} is not the one ${by} knows: rewritten`
}
