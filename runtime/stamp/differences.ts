/**
 * Compares state with an image, byte for byte: the check behind every claim that a slot was restored.
 *
 * @module
 */

import type { CoreState } from './core-state.ts'
import type { Image } from './image.ts'
import { PAGE_BYTES, type PageStore } from './page-store.ts'

/** Returns one line for each page, global or table element in which `state` differs from `image`. */
export function differences(state: CoreState, image: Image, store: PageStore): string[] {
  const found: string[] = []
  state.memories.forEach(({ memory, size }, i) => {
    const bytes = new Uint8Array(memory.buffer)
    const numbers = image.memories[i]?.numbers ?? new Uint32Array()
    const expected = numbers.length * PAGE_BYTES
    const seen = size === undefined ? bytes.length : Number(size.value) * 65_536
    if (seen !== expected) found.push(`memory ${i}: ${seen} bytes instead of ${expected}`)
    const beyond = size === undefined ? -1 : firstNonZero(bytes, expected)
    if (beyond !== -1) found.push(`memory ${i}: byte ${beyond}`)
    numbers.forEach((number, page) => {
      const start = page * PAGE_BYTES
      const at = firstDifference(store.view(number), bytes, start)
      if (at !== -1) found.push(`memory ${i}: byte ${start + at}`)
    })
  })
  state.globals.forEach(({ value }, i) => {
    if (!Object.is(value, image.globals[i])) found.push(`global ${i}`)
  })
  state.tables.forEach((table, i) => {
    const elements = image.tables[i] ?? []
    if (table.length !== elements.length) found.push(`table ${i}: ${table.length} elements`)
    elements.forEach((element, at) => {
      if (at < table.length && table.get(at) !== element) found.push(`table ${i}: element ${at}`)
    })
  })
  return found
}

/** Where `page` differs from the bytes at `start`, or -1. */
function firstDifference(page: Uint8Array, bytes: Uint8Array, start: number): number {
  for (let i = 0; i < page.length; i++) if (page[i] !== bytes[start + i]) return i
  return -1
}

function firstNonZero(bytes: Uint8Array, start: number): number {
  for (let i = start; i < bytes.length; i++) if (bytes[i] !== 0) return i
  return -1
}
