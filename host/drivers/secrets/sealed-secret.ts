/**
 * One secret of a store, encrypted.
 *
 * Its name, agent, hosts, version and time are in clear, and belong to the value: a value under any other of them does not
 * open.
 *
 * @module
 */

import { fromBase64, toBase64 } from '../../../runtime/encoding/index.ts'

/** All of a secret but its value. */
export interface SecretEntry {
  readonly name: string
  /** The only agent that gets it. Absent for a secret of all agents. */
  readonly agent?: string
  /** Hosts that may get it. Absent for all hosts that a rule names. */
  readonly hosts?: readonly string[]
  /** How often the secret of this name and agent was set. */
  readonly version: number
  /** When this version was set, in ISO 8601. */
  readonly setAt: string
}

export interface SealedSecret extends SecretEntry {
  /** In base64. */
  readonly nonce: string
  /** The value, encrypted with AES-GCM, in base64. */
  readonly box: string
}

// https://csrc.nist.gov/pubs/sp/800/38/d/final: 96 bits, at random, for far fewer than 2^32 values a key
const NONCE_BYTES = 12
// Values of up to this length look alike.
const BLOCK_BYTES = 128
const LENGTH_BYTES = 4

export async function sealSecret(
  key: CryptoKey,
  entry: SecretEntry,
  value: string,
): Promise<SealedSecret> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const box = await crypto.subtle.encrypt(byName(entry, iv), key, padded(value))
  return { ...entry, nonce: toBase64(iv), box: toBase64(new Uint8Array(box)) }
}

/** @throws when the secret is not as it was sealed, or was sealed with another key */
export async function openSecret(key: CryptoKey, sealed: SealedSecret): Promise<string> {
  const iv = fromBase64(sealed.nonce)
  const bytes = await crypto.subtle.decrypt(byName(sealed, iv), key, fromBase64(sealed.box))
  const length = new DataView(bytes).getUint32(0)
  return new TextDecoder().decode(new Uint8Array(bytes, LENGTH_BYTES, length))
}

function byName(
  { name, agent, hosts, version, setAt }: SecretEntry,
  iv: Uint8Array<ArrayBuffer>,
): AesGcmParams {
  const text = JSON.stringify([name, agent ?? null, hosts ?? null, version, setAt])
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(text) }
}

/** The length, the bytes, and zeros up to a whole block. */
function padded(value: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(value)
  const blocks = Math.ceil((LENGTH_BYTES + bytes.length) / BLOCK_BYTES)
  const whole = new Uint8Array(blocks * BLOCK_BYTES)
  new DataView(whole.buffer).setUint32(0, bytes.length)
  whole.set(bytes, LENGTH_BYTES)
  return whole
}
