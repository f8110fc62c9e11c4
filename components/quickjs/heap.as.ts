/**
 * The engine's allocator for small blocks, in place of its own.
 *
 * The engine keeps each size in separate areas, so that a request writes a page or two for each size it uses. Here new
 * blocks of all sizes lie together, and freed blocks are used again first. So most requests write a page or two in all;
 * to reset a page costs as much as a dozen allocations.
 *
 * The state is where the engine's allocator had its lists, inside `JSRuntime`: one list of free blocks for each
 * multiple of 8 bytes, which is empty when it leads to itself, and the rest of the newest area. Blocks keep the
 * engine's header of 8 bytes before the pointer: u16, 0xffff when it belongs to someone else; u8, size / 8; u8
 * of the collector; i32, references. Larger blocks are left to the engine.
 *
 * @module
 */

import { freeLarge, callocLarge, malloc, mallocLarge, reallocLarge, usableSizeOfLarge } from './quickjs.as'

const HEADER_BYTES: usize = 8
/** The engine takes blocks above 512 bytes for large; the last list is where the newest area is kept. */
const MAX_BYTES: usize = 480
const LEAST_LARGE: usize = 505
const AREA_BYTES: usize = 16384
const PAGE_BYTES: usize = 4096

// Offsets in `JSRuntime` of quickjs.c: `malloc_state.malloc_size`, which decides when to collect, and
// `arena_state`. The list for blocks of 16 bytes, the smallest, is its first.
const MALLOC_SIZE: usize = 24
const LISTS: usize = 40 - 16
const NEXT: usize = 528
const END: usize = 532
// Fields before a block's pointer: the size, and fields of the engine.
const BLOCK_IDX_LARGE: u32 = 0xffff

/** Bytes of the block for `size` bytes: finer for small ones, coarser so that a string may grow in place. */
// @ts-ignore: decorator
@inline
function blockBytes(size: usize): usize {
  if (size <= 120) return (size + 15) & ~(<usize>7)
  return size <= 248 ? (size + 23) & ~(<usize>15) : (size + 39) & ~(<usize>31)
}

/** js_malloc_rt */
export function heapAllocate(runtime: usize, size: usize): usize {
  if (size === 0) return 0
  if (size > MAX_BYTES - HEADER_BYTES) return mallocLarge(runtime, max(size, LEAST_LARGE))
  return allocateBlock(runtime, blockBytes(size))
}

// @ts-ignore: decorator
@inline
function allocateBlock(runtime: usize, bytes: usize): usize {
  const list = runtime + LISTS + bytes
  const free = load<usize>(list)
  if (free !== list) {
    store<usize>(list, load<usize>(free))
    store<usize>(runtime, load<usize>(runtime, MALLOC_SIZE) + bytes, MALLOC_SIZE)
    return free
  }
  return carve(runtime, bytes)
}

function carve(runtime: usize, bytes: usize): usize {
  let start = load<usize>(runtime, NEXT)
  if (load<usize>(runtime, END) - start < bytes) {
    start = malloc(AREA_BYTES)
    if (start === 0) return 0
    store<usize>(runtime, start + AREA_BYTES, END)
  }
  store<usize>(runtime, start + bytes, NEXT)
  store<usize>(runtime, load<usize>(runtime, MALLOC_SIZE) + bytes, MALLOC_SIZE)
  store<u32>(start, <u32>(bytes >> 3) << 16)
  return start + HEADER_BYTES
}

/** js_free_rt */
export function heapFree(runtime: usize, pointer: usize): void {
  if (pointer === 0) return
  const head = load<u32>(pointer - HEADER_BYTES)
  if ((head & 0xffff) === BLOCK_IDX_LARGE) return freeLarge(runtime, pointer)
  const bytes = bytesOf(head)
  const list = runtime + LISTS + bytes
  store<usize>(pointer, load<usize>(list))
  store<usize>(list, pointer)
  store<usize>(runtime, load<usize>(runtime, MALLOC_SIZE) - bytes, MALLOC_SIZE)
}

/** js_calloc_rt */
export function heapAllocateZeros(runtime: usize, count: usize, size: usize): usize {
  const whole = <u64>count * <u64>size
  if (whole > MAX_BYTES - HEADER_BYTES) {
    return whole < LEAST_LARGE ? callocLarge(runtime, 1, LEAST_LARGE) : callocLarge(runtime, count, size)
  }
  const pointer = heapAllocate(runtime, <usize>whole)
  if (pointer === 0) return 0
  for (let at = pointer; at < pointer + <usize>whole; at += 8) store<u64>(at, 0)
  return pointer
}

/** js_realloc_rt */
export function heapReallocate(runtime: usize, pointer: usize, size: usize): usize {
  if (pointer === 0) return heapAllocate(runtime, size)
  if (size === 0) {
    heapFree(runtime, pointer)
    return 0
  }
  const head = load<u32>(pointer - HEADER_BYTES)
  if ((head & 0xffff) === BLOCK_IDX_LARGE) return reallocLarge(runtime, pointer, size)
  const room = bytesOf(head) - HEADER_BYTES
  if (size <= room) return pointer
  const moved = heapAllocate(runtime, size)
  if (moved === 0) return 0
  // The engine keeps the references and the collector's byte of an object with the block.
  store<u8>(moved - 5, load<u8>(pointer - 5))
  store<u32>(moved - 4, load<u32>(pointer - 4))
  for (let at: usize = 0; at < room; at += 8) store<u64>(moved + at, load<u64>(pointer + at))
  heapFree(runtime, pointer)
  return moved
}

/**
 * Build time: drops the lists of free blocks, and begins an area of `bytes` bytes on a new page. Otherwise the
 * allocations of a request would lie in the holes of build-time garbage, all over the heap.
 */
export function renewHeap(runtime: usize, bytes: usize): void {
  for (let size: usize = 16; size <= MAX_BYTES; size += 8) {
    const list = runtime + LISTS + size
    while (load<usize>(list) !== list) {
      const free = load<usize>(list)
      store<usize>(list, load<usize>(free))
      memory.fill(free - HEADER_BYTES, 0, size)
    }
  }
  const next = load<usize>(runtime, NEXT)
  const end = load<usize>(runtime, END)
  memory.fill(next, 0, end - next)
  store<usize>(runtime, end, NEXT)
  if (bytes === 0) return
  const room = malloc(bytes + PAGE_BYTES)
  if (room === 0) unreachable()
  memory.fill(room, 0, bytes + PAGE_BYTES)
  const start = (room + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1)
  store<usize>(runtime, start, NEXT)
  store<usize>(runtime, start + bytes, END)
}

/** js_malloc_usable_size_rt */
export function heapSize(runtime: usize, pointer: usize): usize {
  if (pointer === 0) return 0
  const head = load<u32>(pointer - HEADER_BYTES)
  return (head & 0xffff) === BLOCK_IDX_LARGE ? usableSizeOfLarge(runtime, pointer) : bytesOf(head) - HEADER_BYTES
}

// @ts-ignore: decorator
@inline
function bytesOf(head: u32): usize {
  return <usize>(head >>> 13) & 0x7f8
}
