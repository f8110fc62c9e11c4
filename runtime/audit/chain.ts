/**
 * A hash chain of records, as text: one record a line, with the hash of everything up to it.
 *
 * `hash(n) = sha256(hash(n-1) ‖ sha256(payload(n)))`, in hexadecimal. The inner hash lets a receipt prove
 * that a record is in a signed chain without showing the records of others. A head is a line of its own: a
 * sequence number, the hash there, and a signature over both.
 *
 * @module
 */

import type { AuditEvent } from './event.ts'
import { encodeRecord, RecordMemo } from './record.ts'

/** Of a text in ASCII, in hexadecimal. */
export type Sha256 = (text: string) => string

/** How far a chain of records has come. */
export interface ChainHead {
  /** Of the last record. */
  readonly sequence: number
  /** Of all records up to it: SHA-256, in hexadecimal. */
  readonly hash: string
}

/** The same, signed by the host that wrote it. */
export interface SignedHead extends ChainHead {
  /** Ed25519, in base64url. */
  readonly signature: string
}

/** The hash that the first record is chained to. */
export const GENESIS_HASH: string = '0'.repeat(64)

export class AuditChain {
  readonly #sha256: Sha256
  readonly #memo = new RecordMemo()
  #sequence = -1
  #hash: string = GENESIS_HASH

  constructor(sha256: Sha256) {
    this.#sha256 = sha256
  }

  get head(): ChainHead {
    return { sequence: this.#sequence, hash: this.#hash }
  }

  /** Chains a record and returns its line. */
  add(event: AuditEvent, timeMs: number): string {
    const payload = encodeRecord(++this.#sequence, timeMs, event, this.#memo)
    this.#hash = this.#sha256(this.#hash + this.#sha256(payload))
    return `${payload.length}:${payload},${this.#hash}\n`
  }
}

/** The text that the signature of a head covers. */
export function headText({ sequence, hash }: ChainHead): string {
  return `mayfly audit head 1\n${sequence}\n${hash}\n`
}

export function headLine({ sequence, hash, signature }: SignedHead): string {
  return `head ${sequence} ${hash} ${signature}\n`
}

/** Returns `undefined` when `line` is not a head. */
export function parseHead(line: string): SignedHead | undefined {
  const [, sequence, hash, signature] =
    /^head (\d{1,15}) ([0-9a-f]{64}) ([\w-]{86})$/.exec(line) ?? []
  if (sequence === undefined || hash === undefined || signature === undefined) return undefined
  return { sequence: Number(sequence), hash, signature }
}
