/**
 * What a guest has changed since its image, as data: neither a slot nor the platform is part of it.
 *
 * `Stamper.difference` makes it, and `Stamper.apply` writes it into any slot of the shape that carries the image.
 *
 * @module
 */
import type { MemoryImage } from './image.ts'
import { STRETCHES_AT, type RestoreHelper } from './restore-helper.ts'
import type { PageStore } from './page-store.ts'

export interface MemoryDifference {
  /** Number of pages of 4 KiB that the guest sees. */
  readonly pages: number
  /** Stretches of bytes that differ, each after its address and its length; one array or more. */
  readonly stretches: readonly Uint8Array<ArrayBuffer>[]
}

export interface Difference {
  /** Names the parts of the state in their order, as `CoreState.layout`. */
  readonly layout: string
  readonly memories: readonly MemoryDifference[]
  /** All of them: they are few. */
  readonly globals: readonly unknown[]
  /** The allocation left, in units of room. */
  readonly room: number
  /** What it takes in the memory of the host. */
  readonly bytes: number
}

/** A memory of a slot, as reading and writing stretches needs it. */
export interface StretchTarget {
  readonly helper: RestoreHelper
  readonly map: WebAssembly.Memory | undefined
}

/** The stretches of the first `pages` pages that are not as in `image`; `undefined` if they have more than `maxBytes`. */
export function readStretches(
  { helper, map }: StretchTarget,
  image: MemoryImage,
  pages: number,
  { memory, scratch: { start, end } }: PageStore,
  maxBytes: number,
): Uint8Array<ArrayBuffer>[] | undefined {
  const stretches: Uint8Array<ArrayBuffer>[] = []
  const all = map === undefined ? 1 : 0
  let bytes = 0
  for (let page = 0; page < pages;) {
    page = helper.difference(image.table, image.pages, page, pages, all, start, end)
    const [length = 0] = new Uint32Array(memory.buffer, start, 1)
    if (length === 0) continue
    bytes += length
    if (bytes > maxBytes) return undefined
    stretches.push(new Uint8Array(memory.buffer, start + STRETCHES_AT, length).slice())
  }
  return stretches
}

/** Writes `stretches`, and marks them where writes are marked. */
export function writeStretches(
  { helper, map }: StretchTarget,
  stretches: readonly Uint8Array[],
  { memory, scratch: { start } }: PageStore,
): void {
  // The map of memories without marks is everybody's: a mark there would be one for all of them.
  const mark = map === undefined ? 0 : 1
  for (const each of stretches) {
    new Uint8Array(memory.buffer, start).set(each)
    helper.apply(start, start + each.length, mark)
  }
}

/** Host memory of a difference apart from its stretches: objects, numbers. */
const OVERHEAD_BYTES = 512
const GLOBAL_BYTES = 16

export function differenceBytes(
  memories: readonly MemoryDifference[],
  globals: readonly unknown[],
): number {
  let bytes = OVERHEAD_BYTES + globals.length * GLOBAL_BYTES
  for (const { stretches } of memories) for (const { byteLength } of stretches) bytes += byteLength
  return bytes
}
