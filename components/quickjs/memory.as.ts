/**
 * The adapter's own memory: one block of the engine's heap with its state and, behind it, room for values that cross
 * the border during one call.
 *
 * The room is a stack: allocations of a call end when the call restores its mark. So a request writes few pages,
 * because it writes the same ones again and again. A value that does not fit comes from the engine's heap and has to be
 * released.
 *
 * The one global is a pointer that no longer changes once the agent is built, so that a snapshot has nothing
 * to reset but memory.
 *
 * @module
 */

import { contextPointer, free, malloc, runtimeOf, UNDEFINED } from './quickjs.as'

// Fits the headers of an ordinary request and its conversion.
export const BLOCK_BYTES: usize = 16384

// Offsets in the block.
export const DISPATCH: usize = 16 // The function of the prelude that takes a request
export const IDLE: usize = 24 // The function to call when no job is left
export const FAILURE: usize = 32 // The function that makes an error of an error case
export const ANSWER: usize = 40 // The kind of the answer: 0 for none yet
export const BODY: usize = 48 // The body of the last response, kept alive until the next request
/** The `result<response, string>` that is handed out, 24 bytes. */
export const RESULT: usize = 56
/** Where C functions put a second result, 16 bytes. */
export const SCRATCH: usize = 80
/** The request's headers, as the host lowered them: a pointer and a count. */
export const HEADERS: usize = 96
/** The function that makes a promise for a pending call, the one that settles it, and the one for a cancellation. */
export const LATER: usize = 104
export const ARRIVE: usize = 112
export const CANCEL: usize = 120
/** The waitable set, once there is one. */
export const SET: usize = 128
/** Pending calls, and records that are free: lists. */
export const CALLS: usize = 132
export const FREE: usize = 136
/** The top of the stack while the agent waits. */
export const REST: usize = 140
/** A byte each: whether the answer is out, the agent goes on after it, and the caller has gone. */
export const ANSWERED: usize = 144
export const STAYS: usize = 145
export const CANCELLED: usize = 146
/** A byte: which export is under way. */
export const EXPORT: usize = 147
/** The value of `EXPORT` for the call of a function. */
export const INVOKE: u8 = 3
/** Promises that were rejected and that nothing handles: a list. */
export const REJECTED: usize = 148
/** The function that takes their reasons. */
export const REPORT: usize = 152
/** The function that takes an event. */
export const EVENT: usize = 160
const RECORDS: usize = 168
/** Of a pending call: 48 bytes for its result, and those of `pending.as.ts`. */
export const RECORD_BYTES: usize = 64
/** The next record of a list. */
export const NEXT: usize = 48
// More than most agents have under way at once.
const FIRST_RECORDS: usize = 4
const START: usize = 168 + 64 * 4

/** Exported for the snapshot. */
export let block: usize = 0

export function allocateBlock(): void {
  block = malloc(BLOCK_BYTES)
  memory.fill(block, 0, BLOCK_BYTES)
  const context = contextPointer()
  store<usize>(block, context)
  store<usize>(block + 4, runtimeOf(context))
  store<u64>(block + BODY, UNDEFINED)
  for (let i: usize = 0; i < FIRST_RECORDS; i++) {
    const record = block + RECORDS + i * RECORD_BYTES
    store<usize>(record, load<usize>(field(FREE)), NEXT)
    store<usize>(field(FREE), record)
  }
  restore(block + START)
}

// @ts-ignore: decorator
@inline
export function context(): usize {
  return load<usize>(block)
}

// @ts-ignore: decorator
@inline
export function runtime(): usize {
  return load<usize>(block + 4)
}

/** Address of a field of the state. */
// @ts-ignore: decorator
@inline
export function field(offset: usize): usize {
  return block + offset
}

/** The top of the stack, for `restore`. */
// @ts-ignore: decorator
@inline
export function mark(): usize {
  return load<usize>(block + 8)
}

// @ts-ignore: decorator
@inline
export function restore(top: usize): void {
  store<usize>(block + 8, top)
}

/** Gives back everything but the state: no call is under way. */
export function restoreAll(): void {
  restore(block + START)
}

/** Returns `size` bytes, aligned to 8. Never fails: a component that cannot answer traps. */
export function allocate(size: usize): usize {
  const start = (mark() + 7) & ~(<usize>7)
  // Compared with the free bytes, so that a huge size does not wrap around.
  if (size <= block + BLOCK_BYTES - start) {
    restore(start + size)
    return start
  }
  const pointer = malloc(size)
  if (pointer === 0) unreachable()
  return pointer
}

/** Frees a result of `allocate`, if it is not on the stack. A list without elements was never allocated. */
export function release(pointer: usize, size: usize): void {
  if (size === 0 || (pointer >= block && pointer < block + BLOCK_BYTES)) return
  free(pointer)
}

/** The canonical ABI's allocator. */
export function reallocate(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (size === 0) return align
  const pointer = allocate(size)
  if (old !== 0 && oldSize !== 0) {
    memory.copy(pointer, old, min(oldSize, size))
    release(old, oldSize)
  }
  return pointer
}
