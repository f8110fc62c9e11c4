/**
 * Makes the core instances of one slot carry an image.
 *
 * Which pages must be copied follows from what the slot carries: pages that differ between that image and
 * the new one, and pages that were written since, which the map tells. Without a map every page may have
 * been written and all are copied.
 *
 * @module
 */

import type { CoreState, StateMemory } from './core-state.ts'
import { Image } from './image.ts'
import { PAGE_BYTES, type PageStore } from './page-store.ts'
import { restoreHelper, type RestoreHelper } from './restore-helper.ts'

export const STAMP_MODES = ['pages', 'copy'] as const
export type StampMode = (typeof STAMP_MODES)[number]

const PAGES_A_WASM_PAGE = 16

interface Target extends StateMemory {
  readonly helper: RestoreHelper
}

export class Stamper {
  readonly state: CoreState
  readonly mode: StampMode
  readonly #store: PageStore
  readonly #targets: readonly Target[]
  #image: Image | undefined
  /** Nothing was written since the instances were made: the memories are all zeros. */
  #fresh: boolean

  /**
   * `fresh` says that no data was written and no function called since the instances were made, so that
   * only pages that are not zero need copying.
   */
  constructor(state: CoreState, store: PageStore, { fresh = false }: { fresh?: boolean } = {}) {
    this.state = state
    this.mode = state.memories.some(({ map }) => map === undefined) ? 'copy' : 'pages'
    this.#store = store
    this.#fresh = fresh
    this.#targets = state.memories.map(({ memory, map }) => ({
      memory,
      map,
      helper: restoreHelper(memory, map ?? store.emptyMap, store.memory),
    }))
  }

  /** What was captured or stamped last. */
  get image(): Image | undefined {
    return this.#image
  }

  /** Bytes of the memories now. */
  get bytes(): number {
    return this.state.memories.reduce((sum, { memory }) => sum + memory.buffer.byteLength, 0)
  }

  /** Makes an image of the state as it is. */
  capture(): Image {
    const image = new Image(this.state, this.#store)
    for (const { map } of this.#targets) if (map !== undefined) new Uint8Array(map.buffer).fill(0)
    this.#image = image
    this.#fresh = false
    return image
  }

  /**
   * Makes the state equal to `image`, or returns `discard`: a memory or table is larger than the image's
   * and cannot shrink. The slot must then be thrown away; part of it may be restored, part not.
   */
  stamp(image: Image): 'stamped' | 'discard' {
    const from = this.#image
    if (!image.portable && from !== image) {
      throw new TypeError('Cannot stamp image: it refers to functions of another slot')
    }
    for (const [i, target] of this.#targets.entries()) {
      const memory = image.memories[i]
      if (memory === undefined || image.disposed)
        throw new TypeError('Cannot stamp image: not of this shape, or disposed')
      const { pages, table } = memory
      const { helper } = target
      let copied: number
      if (from === image && target.map !== undefined) copied = helper.restore(table, pages)
      else {
        this.#growTo(target, pages)
        // From a larger image to a smaller one: the helper refuses before it reads the shorter table.
        const before = this.#fresh ? this.#store.zeroTable(pages) : this.#marked(target, from, i)
        copied =
          before === undefined ? helper.copy(table, pages) : helper.switch(before, table, pages)
      }
      if (copied < 0) return 'discard'
    }
    this.#fresh = false
    this.#image = image
    const { globals, tables } = this.state
    for (let i = 0; i < globals.length; i++) {
      const global = globals[i]
      if (global !== undefined) global.value = image.globals[i]
    }
    for (const [i, table] of tables.entries())
      if (!restoreTable(table, image.tables[i] ?? [])) return 'discard'
    return 'stamped'
  }

  /** The table of the image whose unmarked pages the memory is known to have, if there is one. */
  #marked({ map }: Target, from: Image | undefined, i: number): number | undefined {
    if (map === undefined || from === undefined || from.disposed) return undefined
    return from.memories[i]?.table
  }

  #growTo({ memory }: Target, pages: number): void {
    const missing = pages - memory.buffer.byteLength / PAGE_BYTES
    if (missing > 0) memory.grow(missing / PAGES_A_WASM_PAGE)
  }
}

function restoreTable(table: WebAssembly.Table, elements: readonly unknown[]): boolean {
  if (table.length !== elements.length) return false
  for (const [i, element] of elements.entries()) if (table.get(i) !== element) table.set(i, element)
  return true
}
