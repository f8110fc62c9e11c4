/**
 * The state of core instances at one moment. Its pages are shared with other images through the store.
 *
 * References to functions belong to the instances they came from. An image that holds any can be stamped
 * on those instances only; all others on every slot of the shape.
 *
 * @module
 */

import { MayflyError } from '../errors/index.ts'
import type { CoreState, StateMemory } from './core-state.ts'
import { PAGE_BYTES, type PageStore } from './page-store.ts'

const WASM_PAGE_BYTES = 65_536

export interface MemoryImage {
  /** Number of pages of 4 KiB. */
  readonly pages: number
  /** Address of the page numbers in the store. */
  readonly table: number
  readonly numbers: Uint32Array
}

export class Image implements Disposable {
  readonly memories: readonly MemoryImage[]
  readonly globals: readonly unknown[]
  readonly tables: readonly (readonly unknown[])[]
  /** Of 64 KiB, in all memories together. */
  readonly wasmPages: number
  /** Whether every slot of the shape can carry it. */
  readonly portable: boolean
  readonly #store: PageStore
  #disposed = false

  /** Copies `state` into `store`. What it holds must not change meanwhile. */
  constructor(state: CoreState, store: PageStore) {
    this.#store = store
    this.globals = state.globals.map(({ value }): unknown => value)
    this.tables = state.tables.map((table) =>
      Array.from({ length: table.length }, (_, i): unknown => table.get(i)),
    )
    this.portable = this.tables.length === 0 && !this.globals.some(isReference)
    this.memories = state.memories.map((memory) => captureMemory(memory, store))
    this.wasmPages = this.memoryBytes / WASM_PAGE_BYTES
  }

  /** Whether its pages were given back. */
  get disposed(): boolean {
    return this.#disposed
  }

  /** Bytes of the pages that no other image has, and of its tables of pages. */
  get ownBytes(): number {
    let bytes = 0
    for (const { numbers } of this.memories) {
      bytes += Math.ceil((numbers.length * 4) / PAGE_BYTES) * PAGE_BYTES
      for (const number of numbers) if (this.#store.referencesTo(number) === 1) bytes += PAGE_BYTES
    }
    return bytes
  }

  /** Bytes of the memories of a slot that carries it. */
  get memoryBytes(): number {
    return this.memories.reduce((sum, { pages }) => sum + pages * PAGE_BYTES, 0)
  }

  /** Bytes of its pages that are not all zeros, shared or not. */
  get bytes(): number {
    let pages = 0
    for (const { numbers } of this.memories) for (const number of numbers) if (number > 0) pages++
    return pages * PAGE_BYTES
  }

  /** Gives its pages back. No slot may be stamped with it any more. */
  [Symbol.dispose](): void {
    if (this.#disposed) return
    this.#disposed = true
    for (const { numbers, table } of this.memories) {
      for (const number of numbers) this.#store.release(number)
      this.#store.releaseTable(table, numbers.length)
    }
  }
}

function captureMemory({ memory, size }: StateMemory, store: PageStore): MemoryImage {
  const words = new Uint32Array(memory.buffer)
  const bytes = size === undefined ? memory.buffer.byteLength : Number(size.value) * WASM_PAGE_BYTES
  const pages = bytes / PAGE_BYTES
  if (pages >= 2 ** 20) {
    throw new MayflyError('ERR_LIMIT_EXCEEDED', 'Cannot store image: a memory has 4 GiB')
  }
  const numbers = new Uint32Array(pages)
  for (let page = 0; page < pages; page++) numbers[page] = store.add(words, (page * PAGE_BYTES) / 4)
  return { pages, table: store.addTable(numbers), numbers }
}

function isReference(value: unknown): boolean {
  return typeof value !== 'number' && typeof value !== 'bigint' && value !== null
}
