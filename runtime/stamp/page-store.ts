/**
 * Pages of 4 KiB, each kept once however many images have it.
 *
 * They lie in a linear memory, so that a slot is stamped without leaving WebAssembly: the helper of a slot
 * copies from this memory into the guest's. Page 0 is all zeros and is never given back.
 *
 * @module
 */

import { MayflyError } from '../errors/index.ts'

export const PAGE_BYTES = 4096
const WORDS = PAGE_BYTES / 4
/** Pages of 4 KiB in one of WebAssembly's 64 KiB. */
const PAGES_A_WASM_PAGE = 16
/** The step by which the store grows. It is large, because growing is a system call and detaches every view. */
const GROWTH_WASM_PAGES = 16
const MAX_WASM_PAGES = 65_536
/** One byte for each page of a memory of 4 GiB, and one page more because eight are read at once. */
const MAP_WASM_PAGES = 17

export class PageStore {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({
    initial: GROWTH_WASM_PAGES,
    maximum: MAX_WASM_PAGES,
  })
  /** The map for memories without marks: all zeros, shared by all such memories. */
  readonly emptyMap: WebAssembly.Memory = new WebAssembly.Memory({
    initial: MAP_WASM_PAGES,
    maximum: MAP_WASM_PAGES,
  })
  #words: Uint32Array = new Uint32Array(this.memory.buffer)
  #next = 1
  readonly #free: number[] = []
  /** Freed tables, by their length in pages. */
  readonly #freeTables = new Map<number, number[]>()
  readonly #references = new Map<number, { count: number; readonly hash: number }>()
  readonly #byHash = new Map<number, number[]>()
  #zeros = { address: 0, entries: 0 }

  /** Distinct pages held, without the pages of tables. */
  get pages(): number {
    return this.#references.size
  }

  /** Bytes of the store that are in use. */
  get bytes(): number {
    const tables = [...this.#freeTables].reduce(
      (sum, [pages, list]) => sum + pages * list.length,
      0,
    )
    return (this.#next - this.#free.length - tables) * PAGE_BYTES
  }

  /** Returns the number of a page equal to the 4 KiB at `words[at]`, and counts one more reference to it. */
  add(words: Uint32Array, at: number): number {
    // First, because most pages are.
    if (isZero(words, at)) return 0
    const hash = hashOf(words, at)
    const candidates = this.#byHash.get(hash) ?? []
    for (const page of candidates) {
      if (!this.#equals(page, words, at)) continue
      const entry = this.#references.get(page)
      if (entry !== undefined) entry.count++
      return page
    }
    const page = this.#free.pop() ?? this.#allocate(1)
    this.#words.set(words.subarray(at, at + WORDS), page * WORDS)
    candidates.push(page)
    this.#byHash.set(hash, candidates)
    this.#references.set(page, { count: 1, hash })
    return page
  }

  /** Gives back one reference to `page`. */
  release(page: number): void {
    const entry = this.#references.get(page)
    if (entry === undefined || --entry.count > 0) return
    this.#references.delete(page)
    this.#free.push(page)
    const rest = (this.#byHash.get(entry.hash) ?? []).filter((other) => other !== page)
    if (rest.length > 0) this.#byHash.set(entry.hash, rest)
    else this.#byHash.delete(entry.hash)
  }

  /** How many references `page` has. */
  referencesTo(page: number): number {
    return this.#references.get(page)?.count ?? 0
  }

  /** Stores the page numbers of a memory. Returns their address, for the helper. */
  addTable(pages: Uint32Array): number {
    const length = tablePages(pages.length)
    const page = this.#freeTables.get(length)?.pop() ?? this.#allocate(length)
    this.#words.set(pages, page * WORDS)
    return page * PAGE_BYTES
  }

  releaseTable(address: number, entries: number): void {
    const length = tablePages(entries)
    const free = this.#freeTables.get(length) ?? []
    free.push(address / PAGE_BYTES)
    this.#freeTables.set(length, free)
  }

  /** Returns the address of a table of at least `entries` zero pages. */
  zeroTable(entries: number): number {
    if (this.#zeros.entries < entries) {
      this.#zeros = { address: this.addTable(new Uint32Array(entries)), entries }
    }
    return this.#zeros.address
  }

  /** The contents of `page`, as a view that does not survive growth. */
  view(page: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, page * PAGE_BYTES, PAGE_BYTES)
  }

  #allocate(count: number): number {
    const page = this.#next
    const missing = page + count - this.#words.length / WORDS
    if (missing > 0) {
      const pages = Math.max(GROWTH_WASM_PAGES, Math.ceil(missing / PAGES_A_WASM_PAGE))
      try {
        this.memory.grow(pages)
      } catch (cause) {
        throw new MayflyError(
          'ERR_HOST_UNAVAILABLE',
          `Cannot store image: the page store is full at ${this.#words.length * 4} bytes`,
          { cause, hint: 'Serve fewer agents from one thread' },
        )
      }
      this.#words = new Uint32Array(this.memory.buffer)
    }
    this.#next += count
    return page
  }

  #equals(page: number, words: Uint32Array, at: number): boolean {
    const mine = this.#words
    const start = page * WORDS
    for (let i = 0; i < WORDS; i++) if (mine[start + i] !== words[at + i]) return false
    return true
  }
}

function tablePages(entries: number): number {
  return Math.max(1, Math.ceil(entries / WORDS))
}

/** FNV-1a over words instead of bytes: equality is checked anyway, so only the spread matters. */
function hashOf(words: Uint32Array, at: number): number {
  let hash = 0x811c9dc5 | 0
  for (let i = at; i < at + WORDS; i++) hash = Math.imul(hash ^ (words[i] ?? 0), 0x01000193)
  return hash
}

function isZero(words: Uint32Array, at: number): boolean {
  for (let i = at; i < at + WORDS; i++) if (words[i] !== 0) return false
  return true
}
