/**
 * Makes the core instances of one slot carry an image.
 *
 * The stamper copies pages that differ between the present image and the new one, and pages that were written since,
 * as the map shows. Without a map every page may have been written, so all are copied.
 *
 * @module
 */

import type { CoreState, StateMemory } from './core-state.ts'
import { Image, type MemoryImage } from './image.ts'
import { PAGE_BYTES, type PageStore } from './page-store.ts'
import { restoreHelper, type RestoreHelper } from './restore-helper.ts'

export const STAMP_MODES = ['pages', 'copy'] as const
export type StampMode = (typeof STAMP_MODES)[number]

const PAGES_A_WASM_PAGE = 16
/** 4 MiB: a slot may keep this much memory that a request has grown; above it the slot is dropped. */
const MAX_GROWN_PAGES = 1024

export interface StamperOptions {
  /**
   * Nothing was written and no function called since the instances were made: only pages that are not zero
   * need copying.
   *
   * @default false
   */
  fresh?: boolean
  /**
   * The allocation left to the component, in units of room: an image remembers it and a stamp sets it.
   *
   * @default none: allocation is not charged
   */
  room?: WebAssembly.Global<'i32'>
}

interface Target extends StateMemory {
  readonly helper: RestoreHelper
}

export class Stamper {
  readonly state: CoreState
  readonly mode: StampMode
  readonly #store: PageStore
  readonly #targets: readonly Target[]
  readonly #room: WebAssembly.Global<'i32'> | undefined
  #image: Image | undefined
  /** Nothing was written since the instances were made: the memories are all zeros. */
  #fresh: boolean

  constructor(state: CoreState, store: PageStore, { fresh = false, room }: StamperOptions = {}) {
    this.state = state
    this.mode = state.memories.some(({ map }) => map === undefined) ? 'copy' : 'pages'
    this.#store = store
    this.#fresh = fresh
    this.#room = room
    this.#targets = state.memories.map((each) => ({
      ...each,
      helper: restoreHelper(each.memory, each.map ?? store.emptyMap, store.memory),
    }))
  }

  /** The image that was captured or stamped last. */
  get image(): Image | undefined {
    return this.#image
  }

  /** Bytes of the memories now. */
  get bytes(): number {
    return this.state.memories.reduce((sum, { memory }) => sum + memory.buffer.byteLength, 0)
  }

  /** Whether a memory or table is so much larger than its image that the next stamp will ask to discard the slot. */
  get outgrown(): boolean {
    const image = this.#image
    if (image === undefined) return false
    return (
      this.#targets.some((target, i) =>
        hasOutgrown(target, image.memories[i]?.pages ?? Infinity),
      ) || this.state.tables.some(({ length }, i) => length !== image.tables[i]?.length)
    )
  }

  /** Makes an image of the state as it is. */
  capture(): Image {
    const image = Image.of(this.state, this.#store, this.#room?.value)
    for (const { map } of this.#targets) if (map !== undefined) new Uint8Array(map.buffer).fill(0)
    this.#image = image
    this.#fresh = false
    return image
  }

  /**
   * Makes the state equal to `image`, or returns `discard`: a memory or table is larger than the image's,
   * cannot shrink, and the guest would see it or it would cost too much. The slot must then be thrown away; part of it may be restored, part not.
   */
  stamp(image: Image): 'stamped' | 'discard' {
    const from = this.#image
    if (!image.portable && from !== image) {
      throw new TypeError('Cannot stamp image: it refers to functions of another slot')
    }
    for (const [i, target] of this.#targets.entries()) {
      const memory = image.memories[i]
      if (memory === undefined || image.disposed) {
        throw new TypeError('Cannot stamp image: not of this shape, or disposed')
      }
      const { pages, table } = memory
      const { helper, size } = target
      if (hasOutgrown(target, pages)) return 'discard'
      let copied: number
      if (from === image && target.map !== undefined) copied = helper.restore(table, pages)
      else {
        growTo(target, pages)
        const before = this.#known(target, from?.memories[i], pages)
        copied =
          before === undefined
            ? helper.copy(table, pages)
            : helper.switch(before.table, before.pages, table, pages)
      }
      if (copied < 0) return 'discard'
      if (size !== undefined) size.value = pages / PAGES_A_WASM_PAGE
    }
    this.#fresh = false
    this.#image = image
    if (this.#room !== undefined) this.#room.value = image.room
    const { globals, tables } = this.state
    for (let i = 0; i < globals.length; i++) {
      const global = globals[i]
      if (global !== undefined) global.value = image.globals[i]
    }
    for (const [i, table] of tables.entries())
      if (!restoreTable(table, image.tables[i] ?? [])) return 'discard'
    return 'stamped'
  }

  /** The pages that the memory is known to have where no mark says otherwise. */
  #known(
    { map }: Target,
    before: MemoryImage | undefined,
    pages: number,
  ): { table: number; pages: number } | undefined {
    if (this.#fresh) return { table: this.#store.zeroTable(pages), pages }
    return map === undefined || this.#image?.disposed !== false ? undefined : before
  }
}

/** Without a size apart from the memory's, the guest sees that it grew; with one, too much is a waste. */
function hasOutgrown({ memory, size }: Target, pages: number): boolean {
  const grown = memory.buffer.byteLength / PAGE_BYTES - pages
  return grown > (size === undefined ? 0 : MAX_GROWN_PAGES)
}

function growTo({ memory }: Target, pages: number): void {
  const missing = pages - memory.buffer.byteLength / PAGE_BYTES
  if (missing > 0) memory.grow(missing / PAGES_A_WASM_PAGE)
}

function restoreTable(table: WebAssembly.Table, elements: readonly unknown[]): boolean {
  if (table.length !== elements.length) return false
  for (const [i, element] of elements.entries()) if (table.get(i) !== element) table.set(i, element)
  return true
}
