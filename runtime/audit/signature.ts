/**
 * Checks the signatures of heads, wherever there is WebCrypto.
 *
 * @module
 */

import { fromBase64 } from '../encoding/index.ts'
import { headText, type SignedHead } from './chain.ts'

export type HeadVerifier = (head: SignedHead) => Promise<boolean>

/** @param publicKey - the 32 bytes of an Ed25519 key, in base64url */
export async function headVerifier(publicKey: string): Promise<HeadVerifier> {
  const raw = fromBase64(publicKey, 'base64url')
  const key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify'])
  const encoder = new TextEncoder()
  return function verify(head) {
    const text = encoder.encode(headText(head))
    return crypto.subtle.verify('Ed25519', key, fromBase64(head.signature, 'base64url'), text)
  }
}
