/** Counts words. The core module of the world "words" in `components.ts`. @module */

/** The canonical ABI's `realloc`; it only ever allocates here. */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  return heap.alloc(size)
}

export function count(start: usize, length: usize): u32 {
  let words: u32 = 0
  let inside = false
  for (let i: usize = 0; i < length; i++) {
    const isSpace = load<u8>(start + i) <= 0x20
    if (!isSpace && !inside) words++
    inside = !isSpace
  }
  return words
}
