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

/** An image as data that threads can send each other. Only for an image that every slot of the shape can carry. */
export interface ImageData {
  readonly memories: readonly {
    /** Number of pages of 4 KiB. */
    readonly pages: number
    /** By page, its place in `contents`, from 1 on; 0 for a page of zeros. */
    readonly places: Uint32Array
  }[]
  /** The distinct pages, one after the other. */
  readonly contents: Uint8Array<ArrayBuffer>
  readonly globals: readonly unknown[]
  readonly room: number
}

/** The parts of an image. */
type Contents = Pick<Image, 'memories' | 'globals' | 'tables' | 'room'>

export class Image implements Disposable {
  readonly memories: readonly MemoryImage[]
  readonly globals: readonly unknown[]
  readonly tables: readonly (readonly unknown[])[]
  /** The allocation left to a slot that carries the image, in units of room. */
  readonly room: number
  /** Whether every slot of the shape can carry it. */
  readonly portable: boolean
  readonly #store: PageStore
  #disposed = false

  private constructor({ memories, globals, tables, room }: Contents, store: PageStore) {
    this.#store = store
    this.globals = globals
    this.tables = tables
    this.portable = tables.length === 0 && !globals.some(isReference)
    this.memories = memories
    this.room = room
  }

  /** Copies `state` into `store`. `state` must not change meanwhile. `room` is the rest of the budget. */
  static of(state: CoreState, store: PageStore, room = 0): Image {
    const globals = state.globals.map(({ value }): unknown => value)
    const tables = state.tables.map((table) =>
      Array.from({ length: table.length }, (_, i): unknown => table.get(i)),
    )
    const memories = state.memories.map((memory) => captureMemory(memory, store))
    return new Image({ memories, globals, tables, room }, store)
  }

  /** Puts an image that `data` took from another store into this one. */
  static from({ memories, contents, globals, room }: ImageData, store: PageStore): Image {
    const words = new Uint32Array(contents.buffer, contents.byteOffset, contents.byteLength / 4)
    const stored = memories.map(({ pages, places }) => {
      const numbers = places.map((place) =>
        place === 0 ? 0 : store.add(words, ((place - 1) * PAGE_BYTES) / 4),
      )
      return { pages, table: store.addTable(numbers), numbers }
    })
    return new Image({ memories: stored, globals, tables: [], room }, store)
  }

  /**
   * Copies the image, for another store.
   *
   * @throws {TypeError} when it is not portable
   */
  data(): ImageData {
    if (!this.portable) throw new TypeError('Cannot copy image: it refers to functions of a slot')
    const places = new Map<number, number>([[0, 0]])
    const memories = this.memories.map(({ pages, numbers }) => ({
      pages,
      places: numbers.map((number) => {
        const place = places.get(number) ?? places.size
        places.set(number, place)
        return place
      }),
    }))
    const contents = new Uint8Array((places.size - 1) * PAGE_BYTES)
    for (const [number, place] of places)
      if (place > 0) contents.set(this.#store.view(number), (place - 1) * PAGE_BYTES)
    return { memories, contents, globals: this.globals, room: this.room }
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
