/**
 * Digests at once, by Node: for threads that have nothing else to do meanwhile, and where a promise would have
 * others wait. Portable code has `runtime/digest`.
 *
 * @module
 */

// By its default export: a Node that lacks `hash` loads this too, and is then refused in plain words.
import crypto from 'node:crypto'
import { toDigest, type Digest } from '../../runtime/digest/index.ts'

/**
 * Digest of the only part, or of all one after the other with their lengths, so that no two lists run together
 * alike. Texts are hashed in UTF-8.
 */
export function digestOf(...parts: readonly (string | Uint8Array)[]): Digest {
  if (parts.length === 1) return toDigest(sha256(...parts))
  return toDigest(sha256(...parts.flatMap((part) => [`${part.length}:`, part])))
}

/** SHA-256 in lower-case hexadecimal, of all parts as if they were one. Texts are hashed in UTF-8. */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const [only = ''] = parts
  if (parts.length === 1) return crypto.hash('sha256', only)
  const hash = crypto.createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
