/**
 * Unsigned numbers as WebAssembly binaries have them.
 *
 * @module
 */

export function leb128(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest & 0x7f
    rest >>>= 7
    bytes.push(rest === 0 ? low : low | 0x80)
  } while (rest !== 0)
  return bytes
}
