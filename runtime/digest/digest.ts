/**
 * Digests, by WebCrypto: it answers with a promise. Hosts that can hash at once have `host/digest`.
 *
 * @module
 */

import { toHex } from '../encoding/index.ts'

/** SHA-256 in lower-case hexadecimal, after `sha256:`. */
export type Digest = `sha256:${string}`

const DIGEST = /^sha256:[0-9a-f]{64}$/

/** Texts are hashed in UTF-8. */
export async function digestOf(content: string | Uint8Array): Promise<Digest> {
  return toDigest(await webSha256(content))
}

/** SHA-256 in lower-case hexadecimal. Texts are hashed in UTF-8. */
export async function webSha256(content: string | Uint8Array): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  // The cast: WebCrypto takes no shared memory, and says so.
  const hash = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  return toHex(new Uint8Array(hash))
}

/** `hex` is a SHA-256 in lower-case hexadecimal. */
export function toDigest(hex: string): Digest {
  return `sha256:${hex}`
}

/** The hexadecimal digits after `sha256:`. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length)
}

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text)
}
