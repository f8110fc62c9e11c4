/**
 * Chunks of bytes in one piece.
 *
 * @module
 */

/** Returns the bytes of `chunks`, of `length` together, in a new array. */
export function joinBytes(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

/** As `joinBytes`, without a copy where there is one chunk: then it is that chunk. */
export function inOnePiece(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : joinBytes(chunks, length)
}
