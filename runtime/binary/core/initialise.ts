/**
 * Repeats the steps of instantiating the original module after linking: writes its data and runs its start function.
 *
 * @module
 */

import { MayflyError } from '../../errors/index.ts'
import { evaluateAddress } from './constant-expression.ts'
import { companionName } from './hidden-names.ts'
import type { Initialisers, StateSource } from './rewrite-module.ts'

/** Called with every range that is written: the caller marks it, when the memory has a map. */
export type NoteWrite = (memory: WebAssembly.Memory, start: number, length: number) => void

/**
 * Sizes the memories and sets the globals of `instance`, writes its data in order, then calls its start function.
 * As in WebAssembly, when this throws for a segment out of bounds, the segments before it have been written.
 *
 * @throws {MayflyError} ERR_GUEST_TRAPPED when a segment does not fit
 */
export function initialise(
  instance: WebAssembly.Instance,
  imports: WebAssembly.Imports,
  { data, globals, memories = [], values = [], start }: Omit<Initialisers, 'room'>,
  noteWrite?: NoteWrite,
): void {
  const find = (source: StateSource): unknown =>
    source.kind === 'export' ? instance.exports[source.name] : imports[source.module]?.[source.name]
  for (const { name, pages } of memories) {
    const memory = instance.exports[name]
    const size = instance.exports[companionName('size', name)]
    if (memory instanceof WebAssembly.Memory) memory.grow(pages)
    if (size instanceof WebAssembly.Global) size.value = pages
  }
  for (const { name, value } of values) {
    const global = instance.exports[name]
    if (global instanceof WebAssembly.Global) global.value = value
  }
  for (const { memory: source, address, bytes } of data) {
    const memory = find(source)
    if (!(memory instanceof WebAssembly.Memory)) throw new TypeError('Cannot find memory of data')
    const at = evaluateAddress(address, (index) => {
      const from = globals.get(index)
      const value = from === undefined ? undefined : find(from)
      return integer(value instanceof WebAssembly.Global ? value.value : value)
    })
    if (at + bytes.length > memory.buffer.byteLength) {
      throw new MayflyError(
        'ERR_GUEST_TRAPPED',
        `Cannot initialise core module: ${bytes.length} bytes at ${at} are out of bounds`,
      )
    }
    new Uint8Array(memory.buffer).set(bytes, at)
    noteWrite?.(memory, at, bytes.length)
  }
  const run = start === undefined ? undefined : instance.exports[start]
  if (typeof run === 'function') run()
}

/** A bigint stays one: it says that the address is one of 64 bits. */
function integer(value: unknown): number | bigint {
  if (typeof value === 'bigint' || typeof value === 'number') return value
  throw new TypeError('Cannot find global of the address of data')
}
