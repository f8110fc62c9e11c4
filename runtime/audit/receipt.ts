/**
 * A receipt: the records of one invocation, and the proof that they are in a signed chain.
 *
 * The proof begins with the hash before the first record. Then, for each record up to the next head, it has the
 * record itself or, for a record of another invocation, the hash alone. A check needs the receipt and, to know
 * the signer, a public key from elsewhere.
 *
 * @module
 */

import { MayflyError } from '../errors/index.ts'
import type { SignedHead } from './chain.ts'
import { decodeRecord, type AuditRecord } from './record.ts'
import { headVerifier } from './signature.ts'
import { readChain, type ReadChainOptions } from './verify.ts'

export interface Receipt {
  readonly version: 1
  readonly invocation: string
  /** Ed25519, in base64url. */
  readonly key: string
  /** Hash of the chain before the first link. */
  readonly previous: string
  readonly links: readonly ReceiptLink[]
  readonly head: SignedHead
}

/** A record of the invocation, as it was encoded, or the hash of a record of another invocation. */
export type ReceiptLink = { readonly record: string } | { readonly hash: string }

export type ReceiptVerdict =
  | { readonly state: 'genuine'; readonly records: readonly AuditRecord[] }
  | { readonly state: 'forged'; readonly reason: string }

/**
 * Makes the receipt of `invocation` from the text of the chain it is in. Nothing when it is not in there,
 * or not yet signed.
 */
export async function receiptOf(
  invocation: string,
  text: string,
  { sha256 }: Pick<ReadChainOptions, 'sha256'>,
): Promise<Receipt | undefined> {
  const entries: { payload: string; hash: string; sequence: number; own: boolean }[] = []
  const heads: SignedHead[] = []
  let key = ''
  await readChain(text, {
    sha256,
    onRecord(record, hash, payload) {
      if (record.kind === 'open') key = record.key ?? ''
      const { sequence } = record
      entries.push({ payload, hash, sequence, own: record.invocation === invocation })
    },
    onHead: (head) => heads.push(head),
  })
  const start = entries.findIndex(({ own }) => own)
  const end = entries.findLast(({ own }) => own)?.sequence ?? Infinity
  const head = heads.find(({ sequence }) => sequence >= end)
  // A segment of a chain begins with a record that belongs to no invocation.
  const previous = entries[start - 1]?.hash
  if (head === undefined || previous === undefined) return undefined
  const links: ReceiptLink[] = []
  for (const { payload, sequence, own } of entries.slice(start)) {
    if (sequence > head.sequence) break
    links.push(own ? { record: payload } : { hash: await sha256(payload) })
  }
  return { version: 1, invocation, key, previous, links, head }
}

/**
 * Checks a receipt, offline.
 *
 * @param publicKey - key of the expected signer; without it the check accepts any key the receipt names
 */
export async function verifyReceipt(
  receipt: Receipt,
  { sha256, publicKey = receipt.key }: Pick<ReadChainOptions, 'sha256' | 'publicKey'>,
): Promise<ReceiptVerdict> {
  const records: AuditRecord[] = []
  let hash = receipt.previous
  for (const link of receipt.links) {
    hash = await sha256(hash + ('record' in link ? await sha256(link.record) : link.hash))
    if (!('record' in link)) continue
    const record = decodeRecord(link.record)
    if (record === undefined) return forged('a record does not parse')
    if (record.invocation !== receipt.invocation) return forged('a record is of another invocation')
    records.push(record)
  }
  const first = records[0]
  if (first === undefined) return forged('it has no record')
  if (first.sequence + receipt.links.length - 1 !== receipt.head.sequence) {
    return forged('a record was removed or added')
  }
  if (hash !== receipt.head.hash) return forged('a record was changed')
  if (publicKey !== receipt.key) return forged('another key signed it')
  const verify = await headVerifier(publicKey).catch(() => undefined)
  if ((await verify?.(receipt.head).catch(() => false)) !== true) {
    return forged('its signature does not hold')
  }
  return { state: 'genuine', records }
}

/** @throws {MayflyError} ERR_VALUE_MISMATCH */
export function parseReceipt(text: string): Receipt {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (isReceipt(value)) return value
  throw new MayflyError('ERR_VALUE_MISMATCH', 'Cannot read receipt: not what a host has printed')
}

function isReceipt(value: unknown): value is Receipt {
  if (!isObject(value) || value['version'] !== 1) return false
  const { invocation, key, previous, links, head } = value
  return (
    [invocation, key, previous].every(isText) &&
    Array.isArray(links) &&
    links.every((link) => isObject(link) && (isText(link['record']) || isText(link['hash']))) &&
    isObject(head) &&
    typeof head['sequence'] === 'number' &&
    isText(head['hash']) &&
    isText(head['signature'])
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function forged(reason: string): ReceiptVerdict {
  return { state: 'forged', reason }
}
