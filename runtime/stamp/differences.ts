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
    const beyond = bytes.subarray(expected).findIndex((byte) => byte !== 0)
    if (size !== undefined && beyond !== -1) found.push(`memory ${i}: byte ${expected + beyond}`)
    numbers.forEach((number, page) => {
      const start = page * PAGE_BYTES
      const at = store.view(number).findIndex((byte, offset) => byte !== bytes[start + offset])
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
