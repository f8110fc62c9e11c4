/**
 * The state of core instances at one moment. Its pages are shared with other images through the store.
 *
 * References to functions belong to the instances they came from. An image that holds any can be stamped
 * on those instances only; all others on every slot of the shape.
 *
 * @module
 */

import { BLOCK_SHIFT } from '../binary/index.ts'
import { MayflyError } from '../errors/index.ts'
import type { CoreState, StateMemory } from './core-state.ts'
import { PAGE_BYTES, type PageStore } from './page-store.ts'

const WASM_PAGE_BYTES = 65_536
/** Pages of a memory of 4 GiB. */
const MAX_PAGES = 2 ** 20
const BLOCKS_A_PAGE = PAGE_BYTES >>> BLOCK_SHIFT

export interface MemoryImage {
  /** Number of pages of 4 KiB. */
  readonly pages: number
  /** Address of the page numbers in the store. */
  readonly table: number
  readonly numbers: Uint32Array
}

/** An image as data that threads can send each other. Only for an image that every slot of the shape can carry. */
export interface ImageData {
  /** As `CoreState.layout` of the slots that can carry it. */
  readonly layout: string
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
type Contents = Pick<Image, 'layout' | 'memories' | 'globals' | 'tables' | 'room'>

export class Image implements Disposable {
  /** As `CoreState.layout` of the slots that can carry it. */
  readonly layout: string
  readonly memories: readonly MemoryImage[]
  readonly globals: readonly unknown[]
  readonly tables: readonly (readonly unknown[])[]
  /** The allocation left to a slot that carries the image, in units of room. */
  readonly room: number
  /** Whether every slot of the shape can carry it. */
  readonly portable: boolean
  readonly #store: PageStore
  #disposed = false

  private constructor({ layout, memories, globals, tables, room }: Contents, store: PageStore) {
    this.#store = store
    this.layout = layout
    this.globals = globals
    this.tables = tables
    this.portable = tables.length === 0 && !globals.some(isReference)
    this.memories = memories
    this.room = room
  }

  /**
   * Copies `state` into `store`. `state` must not change meanwhile. `room` is the rest of the budget. Memories whose
   * writes are marked since they carried `base` are copied as far as they are marked.
   */
  static of(state: CoreState, store: PageStore, room = 0, base?: Image): Image {
    const globals = state.globals.map(({ value }): unknown => value)
    const tables = state.tables.map((table) =>
      Array.from({ length: table.length }, (_, i): unknown => table.get(i)),
    )
    const memories = state.memories.map((memory, i) =>
      captureMemory(memory, store, base?.memories[i]),
    )
    return new Image({ layout: state.layout, memories, globals, tables, room }, store)
  }

  /**
   * Puts an image that `data` took from another store into this one.
   *
   * @throws {TypeError} when it is not the data of an image
   */
  static from({ layout, memories, contents, globals, room }: ImageData, store: PageStore): Image {
    requireWhole(memories, contents)
    const words = new Uint32Array(contents.buffer, contents.byteOffset, contents.byteLength / 4)
    const stored = memories.map(({ pages, places }) => {
      const numbers = places.map((place) =>
        place === 0 ? 0 : store.add(words, ((place - 1) * PAGE_BYTES) / 4),
      )
      return { pages, table: store.addTable(numbers), numbers }
    })
    return new Image({ layout, memories: stored, globals, tables: [], room }, store)
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
    const { layout, globals, room } = this
    return { layout, memories, contents, globals, room }
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

function captureMemory(
  { memory, map, size }: StateMemory,
  store: PageStore,
  base: MemoryImage | undefined,
): MemoryImage {
  const words = new Uint32Array(memory.buffer)
  const bytes = size === undefined ? memory.buffer.byteLength : Number(size.value) * WASM_PAGE_BYTES
  const pages = bytes / PAGE_BYTES
  if (pages >= MAX_PAGES) {
    throw new MayflyError('ERR_LIMIT_EXCEEDED', 'Cannot store image: a memory has 4 GiB')
  }
  const marks = base && map && new Uint8Array(map.buffer)
  const isMarked = (page: number): boolean => {
    // The end of a write may lie in the block after the one that is marked.
    const first = page * BLOCKS_A_PAGE
    for (let block = Math.max(0, first - 1); block < first + BLOCKS_A_PAGE; block++)
      if (marks?.[block] !== 0) return true
    return false
  }
  const numbers = new Uint32Array(pages)
  if (marks !== undefined && base !== undefined) numbers.set(base.numbers.subarray(0, pages))
  for (let page = 0; page < pages; page++) {
    if (!isMarked(page)) store.retain(numbers[page] ?? 0)
    else numbers[page] = store.add(words, (page * PAGE_BYTES) / 4)
  }
  return { pages, table: store.addTable(numbers), numbers }
}

/** @throws {TypeError} when pages are missing */
function requireWhole(memories: ImageData['memories'], contents: Uint8Array): void {
  const distinct = contents.byteLength / PAGE_BYTES
  const isWhole = memories.every(
    ({ pages, places }) =>
      pages === places.length && pages < MAX_PAGES && places.every((place) => place <= distinct),
  )
  if (!isWhole || !Number.isInteger(distinct)) {
    throw new TypeError('Cannot read image: it refers to pages that it does not have')
  }
}

/** Whether `value`, of a global, belongs to a slot. */
export function isReference(value: unknown): boolean {
  return typeof value !== 'number' && typeof value !== 'bigint' && value !== null
}
