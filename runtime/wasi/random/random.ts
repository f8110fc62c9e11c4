/**
 * `wasi:random` over the capability `random`: every number is drawn when it is asked for, the insecure ones
 * as well, since a seed in an image would give every request the same numbers.
 *
 * @module
 */
import type { Capability } from '../../host-module/index.ts'
import { extend, type GuestFunctions } from '../extend.ts'

// Bytes that the capability draws at once.
const MAX_DRAW_BYTES = 65_536
// A guest that wants more than a key asks again: this many bytes cost the host about a millisecond.
const MAX_BYTES = 1_048_576

const INTERFACES = ['wasi:random/random', 'wasi:random/insecure', 'wasi:random/insecure-seed']

/** Adds `wasi:random` to `random`. */
export function wasiRandom(random: Capability): Capability {
  return extend(random, {
    interfaces: INTERFACES.flatMap((name) => [name, `${name}@0.3`]),
    suspends: [],
    adapt: (functions) => {
      const bytes = (length: bigint): Uint8Array => draw(functions, length)
      // WASI 0.3 lets the host return fewer.
      const some = (most: bigint): Uint8Array =>
        draw(functions, most > MAX_BYTES ? BigInt(MAX_BYTES) : most)
      const next = (): unknown => functions['next']?.()
      const seed = (): unknown => [next(), next()]
      // In WASI 0.3 every answer is the first one.
      let seeded: unknown
      return {
        'wasi:random/random': { getRandomBytes: bytes, getRandomU64: next },
        'wasi:random/random@0.3': { getRandomBytes: some, getRandomU64: next },
        'wasi:random/insecure': { getInsecureRandomBytes: bytes, getInsecureRandomU64: next },
        'wasi:random/insecure@0.3': { getInsecureRandomBytes: some, getInsecureRandomU64: next },
        'wasi:random/insecure-seed': { insecureSeed: seed },
        'wasi:random/insecure-seed@0.3': { getInsecureSeed: () => (seeded ??= seed()) },
      }
    },
  })
}

function draw(functions: GuestFunctions, length: bigint): Uint8Array {
  if (length > MAX_BYTES)
    throw new RangeError(`Cannot draw ${length} random bytes at once: above ${MAX_BYTES}`)
  const bytes = new Uint8Array(Number(length))
  for (let offset = 0; offset < bytes.length; offset += MAX_DRAW_BYTES) {
    const part = functions['bytes']?.(Math.min(bytes.length - offset, MAX_DRAW_BYTES))
    bytes.set(part as Uint8Array, offset) // The capability returns this type
  }
  return bytes
}
