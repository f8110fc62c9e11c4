/**
 * How much a component may allocate, over everything that its instructions make the engine allocate.
 *
 * Rewritten modules count it down in a global of 32 bits, so it is counted in units: 4 GiB fit in them.
 *
 * @module
 */

/** What one unit of room is, in bytes. Objects of the engine are multiples of 8 bytes. */
export const ROOM_UNIT_BYTES = 16

/** Bytes of a page of WebAssembly memory. */
export const WASM_PAGE_BYTES = 65_536

/** A page of WebAssembly memory takes this much room, as a shift. */
export const PAGE_ROOM_SHIFT = 12

/** What V8 keeps for an element of a table of functions. One of another table takes 8 bytes. */
export const TABLE_ELEMENT_BYTES = 24

/** What V8 keeps for an element of a passive segment, once code has used the segment. */
export const SEGMENT_ELEMENT_BYTES = 8

/** Most elements of one table. V8 would allow ten times as many. */
export const MAX_TABLE_ELEMENTS = 1_000_000

/** Returns how much room `bytes` take, rounded up. */
export function roomOf(bytes: number): number {
  return Math.ceil(bytes / ROOM_UNIT_BYTES)
}
