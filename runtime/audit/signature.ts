/**
 * Checks the signatures of heads, wherever there is WebCrypto.
 *
 * @module
 */

import { headText, type SignedHead } from './chain.ts'

export type HeadVerifier = (head: SignedHead) => Promise<boolean>

/** @param publicKey - the 32 bytes of an Ed25519 key, in base64url */
export async function headVerifier(publicKey: string): Promise<HeadVerifier> {
  const key = await crypto.subtle.importKey('raw', fromBase64(publicKey), 'Ed25519', false, [
    'verify',
  ])
  const encoder = new TextEncoder()
  return function verify(head) {
    const text = encoder.encode(headText(head))
    return crypto.subtle.verify('Ed25519', key, fromBase64(head.signature), text)
  }
}

/** SHA-256 of a text, in hexadecimal. */
export async function webSha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return new Uint8Array(hash).toHex()
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text, { alphabet: 'base64url' })
}
