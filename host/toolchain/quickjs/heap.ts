/**
 * The engine's heap from outside: which of it is free, as dlmalloc writes it down.
 *
 * A chunk begins with two words: what the chunk before it ends with, and its own size with flags in the low
 * bits. Chunks lie one after the other up to the top chunk, which is free and ends where memory does.
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
// What malloc adds to a size: the word that holds it.
const OVERHEAD_BYTES = 4
// What a free chunk keeps in its first bytes: the list it is in, or when it is large its place in a tree.
const LIST_BYTES = 16
const TREE_BYTES = 32
const MIN_TREE_CHUNK_BYTES = 256
const MIN_CHUNK_BYTES = 16
const PAGE_BYTES = 4096
// More is never needed: what fills a hole may come from another that is larger, and the rest is smaller.
const MAX_ROUNDS = 64

interface Heap {
  readonly memory: Uint8Array<ArrayBuffer>
  allocate(size: number): number
}

/** Where the used part of the heap ends whose first allocation was `first`. */
export function endOfHeap({ memory }: Heap, first: number): number {
  return readHeap(memory, first).top.start
}

/** Writes zeros over everything free in the heap whose first allocation was `first`. */
export function clearFree({ memory }: Heap, first: number): void {
  const { holes, top } = readHeap(memory, first)
  for (const { start, size } of holes) {
    const kept = size < MIN_TREE_CHUNK_BYTES ? LIST_BYTES : TREE_BYTES
    memory.fill(0, start + kept, start + size)
  }
  memory.fill(0, top.start + HEADER_BYTES, top.start + top.size)
}

/**
 * Takes all holes, for good, and the rest of the page that the top begins in: what is allocated from now on
 * lies together, on pages of its own.
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
