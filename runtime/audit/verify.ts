/**
 * Reads a chain and finds records that were edited, removed, added or reordered.
 *
 * After a problem the reader continues from the hash that the line claims, so it reports each change at its own
 * line. Records after the last head are chained but unsigned. The reader counts them, because any process that can
 * write the file could have added them. A chain cut off at a signed head looks complete. Only other files show
 * that it was longer: the `.head` file, and the anchors of another chain.
 *
 * A text that begins with a head is a later segment of its chain: it continues after that head.
 *
 * @module
 */

import { GENESIS_HASH, parseHead, type ChainHead, type SignedHead } from './chain.ts'
import { decodeRecord, type AuditRecord } from './record.ts'
import { headVerifier, type HeadVerifier } from './signature.ts'

export interface ReadChainOptions {
  /** SHA-256 of a text, in hexadecimal. `webSha256` of `runtime/digest` works everywhere; a synchronous one is faster. */
  readonly sha256: (text: string) => string | Promise<string>
  /** In base64url. Without it the chain's own is taken, which proves less: a forger has one, too. */
  readonly publicKey?: string | undefined
  /** Called with every record, in order, sound or not, and with the payload that its hash covers. */
  readonly onRecord?: (record: AuditRecord, hash: string, payload: string) => void
  /** Called with every head that has a valid signature. */
  readonly onHead?: (head: SignedHead) => void
}

export interface ChainProblem {
  /** Counted from 1. */
  readonly line: number
  readonly reason: string
}

export interface ChainReport {
  readonly records: number
  /** The head that a later segment begins with; `undefined` for the first segment. */
  readonly start: SignedHead | undefined
  /** The last record, signed or not. */
  readonly head: ChainHead
  /** How many records follow the last sound head. */
  readonly unsigned: number
  /** Whether the file ends within a line: its writer was stopped while it wrote. */
  readonly torn: boolean
  readonly problems: readonly ChainProblem[]
  /** The first record, which names the writer of the chain. */
  readonly first: AuditRecord | undefined
  readonly last: AuditRecord | undefined
}

export async function readChain(
  text: string,
  { sha256, publicKey, onRecord, onHead }: ReadChainOptions,
): Promise<ChainReport> {
  const lines = text.split('\n')
  const torn = lines.pop() !== ''
  const problems: ChainProblem[] = []
  let verifier: Promise<HeadVerifier> | undefined =
    publicKey === undefined ? undefined : headVerifier(publicKey)
  let hash = GENESIS_HASH
  let sequence = -1
  let signed = -1
  let records = 0
  let start: SignedHead | undefined
  let first: AuditRecord | undefined
  let last: AuditRecord | undefined

  for (const [index, line] of lines.entries()) {
    if (index === 0 && beginAt(line)) continue
    const problem = line.startsWith('head ') ? await readHead(line) : await readRecord(line)
    if (problem !== undefined) problems.push({ line: index + 1, reason: problem })
  }
  // Last, because the first record names the key that this signature is checked with.
  if (start !== undefined && (await (await verifierOrNone())?.(start)) !== true) {
    problems.unshift({ line: 1, reason: 'the signature of the head it goes on from does not hold' })
  }
  const unsigned = sequence - signed
  return { records, start, head: { sequence, hash }, unsigned, torn, problems, first, last }

  function beginAt(line: string): boolean {
    start = parseHead(line)
    if (start === undefined) return false
    ;({ sequence, hash } = start)
    signed = sequence
    return true
  }

  function verifierOrNone(): Promise<HeadVerifier | undefined> {
    return Promise.resolve(verifier).catch(() => undefined)
  }

  async function readRecord(line: string): Promise<string | undefined> {
    const [, payload, claimed] = splitLine(line) ?? []
    const record = payload === undefined ? undefined : decodeRecord(payload)
    if (payload === undefined || claimed === undefined || record === undefined) {
      return 'not a record'
    }
    records++
    const expected = await sha256(hash + (await sha256(payload)))
    const problem = problemOf(record, expected === claimed)
    hash = claimed
    sequence = record.sequence
    first ??= record
    last = record
    if (record.kind === 'open' && record.key !== undefined) verifier ??= headVerifier(record.key)
    onRecord?.(record, claimed, payload)
    return problem
  }

  function problemOf(record: AuditRecord, sound: boolean): string | undefined {
    if (record.sequence !== sequence + 1) {
      return `record ${record.sequence} follows record ${sequence}: ${
        record.sequence > sequence ? 'removed in between' : 'reordered or repeated'
      }`
    }
    return sound ? undefined : `record ${record.sequence} is not what was hashed: edited`
  }

  async function readHead(line: string): Promise<string | undefined> {
    const head = parseHead(line)
    if (head === undefined) return 'not a head'
    if (head.sequence !== sequence || head.hash !== hash) {
      return `the head is of record ${head.sequence}, not of the record before it`
    }
    const verify = await verifierOrNone()
    if (verify === undefined) return 'no key to check the head with'
    if (!(await verify(head)))
      return `the signature of the head of record ${sequence} does not hold`
    signed = sequence
    onHead?.(head)
    return undefined
  }
}

/** Whole line, payload, hash. */
function splitLine(line: string): [string, string, string] | undefined {
  const [prefix = '', digits = ''] = /^([1-9]\d{0,6}):/.exec(line) ?? []
  const end = prefix.length + Number(digits)
  const hash = line.slice(end + 1)
  if (prefix === '' || line[end] !== ',' || !/^[0-9a-f]{64}$/.test(hash)) return undefined
  return [line, line.slice(prefix.length, end), hash]
}
