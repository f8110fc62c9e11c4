/**
 * Pages of 4 KiB, each kept once however many images have it.
 *
 * They lie in a linear memory, so that a slot is stamped without leaving WebAssembly: the helper of a slot
 * copies from this memory into the guest's. Page 0 is all zeros and is never given back.
 *
 * @module
 */

import { MayflyError } from '../errors/index.ts'
import { restoreHelper, type RestoreHelper } from './restore-helper.ts'

export const PAGE_BYTES = 4096
const WORDS = PAGE_BYTES / 4
/** Pages of 4 KiB in one of WebAssembly's 64 KiB. */
const PAGES_A_WASM_PAGE = 16
/** A page of zeros, two of secret numbers, and room to work in. None of them is in a table. */
const KEY_PAGE = 1
const SCRATCH_PAGE = 3
const SCRATCH_PAGES = 32
const FIRST_PAGE = SCRATCH_PAGE + SCRATCH_PAGES
/** The step by which the store grows. It is large, because growing is a system call and detaches every view. */
const GROWTH_WASM_PAGES = 16
const MAX_WASM_PAGES = 65_536
/** One byte for each block of a memory of 4 GiB. */
const MAP_WASM_PAGES = 128

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
  /** Room in `memory` for one thing at a time: nothing lies there between two calls. */
  readonly scratch: { readonly start: number; readonly end: number } = {
    start: SCRATCH_PAGE * PAGE_BYTES,
    end: FIRST_PAGE * PAGE_BYTES,
  }
  #words: Uint32Array = new Uint32Array(this.memory.buffer)
  #helper: RestoreHelper | undefined
  #next = FIRST_PAGE
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
    return (this.#next - FIRST_PAGE - this.#free.length - tables) * PAGE_BYTES
  }

  /** Returns the number of a page equal to the 4 KiB at `words[at]`, and counts one more reference to it. */
  add(words: Uint32Array, at: number): number {
    // First, because most pages are.
    if (isZero(words, at)) return 0
    this.#words.set(words.subarray(at, at + WORDS), SCRATCH_PAGE * WORDS)
    const helper = this.#prepared()
    const hash = helper.hash(SCRATCH_PAGE, KEY_PAGE)
    const candidates = this.#byHash.get(hash) ?? []
    for (const page of candidates) {
      if (helper.equal(page, SCRATCH_PAGE) === 0) continue
      this.retain(page)
      return page
    }
    const page = this.#free.pop() ?? this.#allocate(1)
    this.#words.copyWithin(page * WORDS, SCRATCH_PAGE * WORDS, (SCRATCH_PAGE + 1) * WORDS)
    candidates.push(page)
    this.#byHash.set(hash, candidates)
    this.#references.set(page, { count: 1, hash })
    return page
  }

  /** Counts one more reference to `page`, which has some. */
  retain(page: number): void {
    if (page === 0) return
    const entry = this.#references.get(page)
    if (entry === undefined) throw new TypeError(`Cannot retain page ${page}: it was given back`)
    entry.count++
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

  /**
   * Guests choose what pages have, so the hash has a key: pages that all have one hash would make each further one
   * take longer. Drawn at the first page, because some platforms give no random numbers while a module is loaded.
   */
  #prepared(): RestoreHelper {
    if (this.#helper !== undefined) return this.#helper
    const start = KEY_PAGE * PAGE_BYTES
    crypto.getRandomValues(new Uint8Array(this.memory.buffer, start, 2 * PAGE_BYTES))
    return (this.#helper = restoreHelper(this.memory, this.emptyMap, this.memory))
  }
}

function tablePages(entries: number): number {
  return Math.max(1, Math.ceil(entries / WORDS))
}

function isZero(words: Uint32Array, at: number): boolean {
  for (let i = at; i < at + WORDS; i++) if (words[i] !== 0) return false
  return true
}
