/**
 * The size of an answer that waits for its guest in the heap of the host.
 *
 * @module
 */

// Of anything that has no size of its own, such as a number or a resource.
const VALUE_BYTES = 8
const ITEM_BYTES = 16
// Values of WIT are not deeper. What is was made by the host, and is no value of the function.
const MAX_DEPTH = 32

/**
 * Returns about how many bytes `value` keeps from being collected. Members that are computed when they are read do not
 * count: the code that computes them counts what they stand for.
 */
export function answerBytes(value: unknown, depth = 0): number {
  if (typeof value === 'string') return value.length * 2
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return VALUE_BYTES
  if (ArrayBuffer.isView(value)) return value.byteLength
  let bytes = ITEM_BYTES
  if (Array.isArray(value)) {
    for (const item of value) bytes += ITEM_BYTES + answerBytes(item, depth + 1)
    return bytes
  }
  // Resources and streams are objects of classes.
  if (Object.getPrototypeOf(value) !== Object.prototype) return bytes
  // One by one: an object of all of them takes twice as long.
  for (const name of Object.getOwnPropertyNames(value)) {
    const member = Object.getOwnPropertyDescriptor(value, name)
    bytes += ITEM_BYTES + answerBytes(member?.value, depth + 1)
  }
  return bytes
}
