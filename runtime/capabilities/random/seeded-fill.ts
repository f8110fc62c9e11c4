/**
 * Numbers that look random and are the same for the same seed, on every platform and in every version.
 *
 * The generator is sfc32 of Chris Doty-Humphrey's PractRand, seeded with four hashes (FNV-1a) of the text.
 *
 * @module
 */

/** Returns a function that fills arrays with the numbers of `seed`, one after the other. */
export function seededFill(seed: string): (bytes: Uint8Array<ArrayBuffer>) => void {
  let a = hash(`${seed}0`)
  let b = hash(`${seed}1`)
  let c = hash(`${seed}2`)
  let counter = hash(`${seed}3`)
  // Similar seeds begin with similar numbers; after these they do not.
  for (let round = 0; round < WARM_UP_ROUNDS; round++) next()
  return function fill(bytes) {
    for (let index = 0; index < bytes.length; index++) bytes[index] = next() & 0xff
  }

  function next(): number {
    const sum = (a + b + counter++) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum
  }
}

const WARM_UP_ROUNDS = 20

function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  return value
}
