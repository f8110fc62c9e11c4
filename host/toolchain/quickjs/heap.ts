/**
 * The engine's heap from outside: finds its free parts in the structures of dlmalloc.
 *
 * A chunk begins with two words: the last word of the chunk before it, and its own size with flags in the low bits.
 * Chunks lie one after the other up to the top chunk, which is free and ends at the end of memory.
 *
 * @module
 */

interface Chunk {
  readonly start: number
  readonly size: number
}

interface FreeMemory {
  readonly holes: readonly Chunk[]
  readonly top: Chunk
}

const HEADER_BYTES = 8
const FLAGS = 7
const IN_USE = 2
// Bytes that malloc adds to a size: the word that holds the size.
const OVERHEAD_BYTES = 4
// First bytes of a free chunk: links of its list or, for a large chunk, its place in a tree.
const LIST_BYTES = 16
const TREE_BYTES = 32
const MIN_TREE_CHUNK_BYTES = 256
const MIN_CHUNK_BYTES = 16
const PAGE_BYTES = 4096
// More rounds are never needed: a hole may be filled from a larger one, and the rest of that one is smaller.
const MAX_ROUNDS = 64

interface Heap {
  readonly memory: Uint8Array<ArrayBuffer>
  allocate(size: number): number
}

/** Returns the end of the used part of a heap with the first allocation `first`. */
export function endOfHeap({ memory }: Heap, first: number): number {
  return readHeap(memory, first).top.start
}

/** Writes zeros over all free parts of a heap with the first allocation `first`. */
export function clearFree({ memory }: Heap, first: number): void {
  const { holes, top } = readHeap(memory, first)
  for (const { start, size } of holes) {
    const kept = size < MIN_TREE_CHUNK_BYTES ? LIST_BYTES : TREE_BYTES
    memory.fill(0, start + kept, start + size)
  }
  memory.fill(0, top.start + HEADER_BYTES, top.start + top.size)
}

/**
 * Allocates all holes, for good, and the rest of the page that the top begins in. So later allocations lie together,
 * on new pages.
 */
export function startNewPage(heap: Heap, first: number): void {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { holes, top } = readHeap(heap.memory, first)
    if (holes.length === 0) {
      // The header of the next chunk begins in the new page as well.
      const end = Math.ceil((top.start + MIN_CHUNK_BYTES) / PAGE_BYTES) * PAGE_BYTES + HEADER_BYTES
      heap.allocate(end - top.start - OVERHEAD_BYTES)
      return
    }
    for (const { size } of holes.toSorted((a, b) => b.size - a.size)) {
      heap.allocate(size - OVERHEAD_BYTES)
    }
  }
  throw new Error('Cannot fill the heap of QuickJS: it is not what it was when this was written')
}

function readHeap(memory: Uint8Array<ArrayBuffer>, first: number): FreeMemory {
  const view = new DataView(memory.buffer)
  const holes: Chunk[] = []
  for (let start = first - HEADER_BYTES; start < memory.length - HEADER_BYTES;) {
    const head = view.getUint32(start + 4, true)
    const size = head & ~FLAGS
    if (size < MIN_CHUNK_BYTES || start + size + HEADER_BYTES > memory.length) break
    const next = start + size
    if ((head & IN_USE) === 0) {
      // Two free chunks are never neighbours: behind the top is a last header that belongs to none.
      if ((view.getUint32(next + 4, true) & IN_USE) === 0) return { holes, top: { start, size } }
      holes.push({ start, size })
    }
    start = next
  }
  throw new Error('Cannot read the heap of QuickJS: it is not what it was when this was written')
}
