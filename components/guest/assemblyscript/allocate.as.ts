/** Memory for values that the host passes in. @module */

// A `cabi_post_` function would have nothing to do: nothing is ever freed.
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (size === 0) return align
  const pointer = heap.alloc(size)
  if (oldSize > 0) memory.copy(pointer, old, oldSize)
  return pointer
}
