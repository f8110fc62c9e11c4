/**
 * Why the host found a call of `kv` malformed: it says only that. Asked after a failure, so a call that works pays nothing.
 *
 * @module
 */

import { encodeUtf8 } from './engine.ts'

// The host's bounds, in `runtime/capabilities/kv`. That of a value is the operator's.
const MAX_KEY_BYTES = 512
const MAX_KEYS = 100
const MAX_TTL_MS = 366 * 24 * 3_600_000

/** Says what is wrong with the arguments, or that a value is too large when nothing else is. */
export function malformedIn(
  keys: readonly string[],
  values: readonly (Uint8Array | null)[] = [],
  ttlMs: number | null = null,
): string | undefined {
  if (keys.length > MAX_KEYS) return `${keys.length} keys are more than ${MAX_KEYS}`
  for (const key of keys) {
    const bytes = encodeUtf8(key).length
    if (bytes === 0) return 'a key is empty'
    if (bytes > MAX_KEY_BYTES) return `a key has ${bytes} bytes, more than ${MAX_KEY_BYTES}`
  }
  if (ttlMs !== null && !(ttlMs >= 1 && ttlMs <= MAX_TTL_MS))
    return `ttlMs is ${ttlMs}, not in 1 to ${MAX_TTL_MS}`
  const sizes = values.map((value) => value?.length ?? 0)
  const largest = Math.max(0, ...sizes)
  return largest === 0 ? undefined : `a value of ${largest} bytes is too large`
}
