/**
 * Memory for values that the host passes in. Each has a buffer of its own, so that bytes need no copy to become an array.
 *
 * @module
 */

// A `cabi_post_` function would have nothing to do: nothing is ever freed.
export function cabi_realloc(old: usize, oldSize: usize, _align: usize, size: usize): usize {
  const pointer = __new(size, idof<ArrayBuffer>())
  memory.copy(pointer, old, min(oldSize, size))
  return pointer
}
