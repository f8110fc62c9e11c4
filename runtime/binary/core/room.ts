/**
 * How much a component may allocate, over everything that its instructions make the engine allocate.
 *
 * Rewritten modules count it down in a global of 32 bits, so it is counted in units: 4 GiB fit in them.
 *
 * @module
 */

/** One unit of room, in bytes. Objects of the engine are multiples of 8 bytes. */
export const ROOM_UNIT_BYTES = 16

/** Bytes of a page of WebAssembly memory. */
export const WASM_PAGE_BYTES = 65_536

/** A page of WebAssembly memory takes this much room, as a shift. */
export const PAGE_ROOM_SHIFT = 12

/** Bytes that V8 keeps for an element of a table of functions. An element of another table takes 8 bytes. */
export const TABLE_ELEMENT_BYTES = 24

/** Bytes that V8 keeps for an element of a passive segment, once code has used the segment. */
export const SEGMENT_ELEMENT_BYTES = 8

/**
 * Most elements that a table may grow to. A table that is declared larger keeps its size. V8 would allow ten million,
 * and copies all of them in one instruction where a table has to move: 131,072 took 20 ms, 32,768 take 4.
 */
export const MAX_TABLE_ELEMENTS = 32_768

/**
 * Size of a stack that can be suspended, in bytes. V8 maps 992 KiB for each: its default of
 * `--wasm-stack-switching-stack-size` and two guard pages. Recursion was seen to touch 926 KiB (V8 14.6). The size is
 * rounded up to pages of WebAssembly memory, like the rest of the budget. A process that is started with another size
 * is charged the same.
 */
export const STACK_BYTES: number = 16 * WASM_PAGE_BYTES

/** Returns how much room `bytes` take, rounded up. */
export function roomOf(bytes: number): number {
  return Math.ceil(bytes / ROOM_UNIT_BYTES)
}
