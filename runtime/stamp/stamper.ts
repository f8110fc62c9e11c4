/**
 * Makes the core instances of one slot carry an image.
 *
 * The stamper copies pages that differ between the present image and the new one, and pages that were written since,
 * as the map shows. Without a map every page may have been written, so all are copied.
 *
 * @module
 */

import type { CoreState, StateMemory } from './core-state.ts'
import {
  differenceBytes,
  readStretches,
  writeStretches,
  type Difference,
  type MemoryDifference,
} from './difference.ts'
import { Image, isReference, type MemoryImage } from './image.ts'
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

  /** Makes an image of the state as it is. Where writes are marked, only marked pages are looked at. */
  capture(): Image {
    const base = this.#fresh || this.#image?.disposed === true ? undefined : this.#image
    const image = Image.of(this.state, this.#store, this.#room?.value, base)
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
    if (from !== image) this.#requireFit(image)
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

  /** Why no other slot can carry the state as it is now; nothing when each slot of the shape can. */
  get immovable(): string | undefined {
    const image = this.#image
    if (image === undefined || this.#fresh) return 'it carries no image'
    if (!image.portable) return 'its image refers to functions of its slot'
    if (image.disposed) return 'its image was disposed of'
    return this.state.globals.some(({ value }) => isReference(value))
      ? 'a global of it refers to a function of its slot'
      : undefined
  }

  /**
   * Returns what differs from the image. State and marks stay as they are. Nothing when that takes more than
   * `maxBytes`.
   *
   * @throws {TypeError} when it is immovable
   */
  difference(maxBytes: number = Infinity): Difference | undefined {
    const image = this.#image
    const { immovable } = this
    if (image === undefined || immovable !== undefined) {
      throw new TypeError(
        `Cannot tell what differs from the image: ${immovable ?? 'there is none'}`,
      )
    }
    const globals = this.state.globals.map(({ value }) => value)
    const memories: MemoryDifference[] = []
    let bytes = differenceBytes(memories, globals)
    for (const [i, target] of this.#targets.entries()) {
      const before = image.memories[i]
      const pages = seenPages(target)
      const stretches =
        before && readStretches(target, before, pages, this.#store, maxBytes - bytes)
      if (stretches === undefined) return undefined
      memories.push({ pages, stretches })
      bytes = differenceBytes(memories, globals)
    }
    if (bytes > maxBytes) return undefined
    return { layout: image.layout, memories, globals, room: this.#room?.value ?? 0, bytes }
  }

  /**
   * Makes the state differ from its image as `difference` says. The image must just have been stamped, and must be
   * the one that the difference was taken from. A slot must be thrown away when this throws.
   *
   * @throws {TypeError} when the difference is of another layout; when the platform has no memory for it
   */
  apply({ layout, memories, globals, room }: Difference): void {
    if (layout !== this.state.layout) throw otherLayout('difference', layout, this.state.layout)
    for (const [i, target] of this.#targets.entries()) {
      const memory = memories[i]
      if (memory === undefined) throw otherLayout('difference', 'fewer memories', layout)
      growTo(target, memory.pages)
      writeStretches(target, memory.stretches, this.#store)
      if (target.size !== undefined) target.size.value = memory.pages / PAGES_A_WASM_PAGE
    }
    for (const [i, global] of this.state.globals.entries()) global.value = globals[i]
    if (this.#room !== undefined) this.#room.value = room
  }

  /** @throws {TypeError} when no slot like this one can carry `image` */
  #requireFit(image: Image): void {
    if (image.layout !== this.state.layout)
      throw otherLayout('image', image.layout, this.state.layout)
    if (!image.portable)
      throw new TypeError('Cannot stamp image: it refers to functions of another slot')
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

/** The pages of 4 KiB that the guest sees. */
function seenPages({ memory, size }: StateMemory): number {
  return size === undefined
    ? memory.buffer.byteLength / PAGE_BYTES
    : Number(size.value) * PAGES_A_WASM_PAGE
}

function otherLayout(what: string, layout: string, wanted: string): TypeError {
  return new TypeError(
    `Cannot restore ${what}: the layout of its state is "${layout}", that of the slot is "${wanted}"`,
  )
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
