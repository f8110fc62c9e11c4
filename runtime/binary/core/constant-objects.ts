/**
 * The objects that a module makes in constant expressions, which the engine evaluates before any code runs.
 *
 * Nothing can be charged while they are evaluated, so their size must follow from the module alone.
 *
 * @module
 */
import { MayflyError } from '../../errors/index.ts'
import type { CoreModule, Range } from './core-module.ts'
import { countElements } from './element-section.ts'
import { InstructionReader } from './instruction-reader.ts'
import { OP } from './opcodes.ts'
import { elementBytes, objectBytes, readTypes, type TypeDetail } from './type-details.ts'

/**
 * Returns the bytes of all of them.
 *
 * @throws {MayflyError} ERR_COMPONENT_UNSUPPORTED when a length is not a plain constant
 */
export function constantObjectBytes(module: CoreModule): number {
  if (!module.types.includes(undefined)) return 0
  const types = readTypes(module)
  const state = [...module.globals, ...module.tables].flatMap(({ initial }) => initial ?? [])
  return [...state, ...countElements(module).expressions].reduce(
    (sum, range) => sum + expressionBytes(module.bytes, range, types),
    0,
  )
}

function expressionBytes(bytes: Uint8Array, range: Range, types: readonly TypeDetail[]): number {
  const at = new InstructionReader(bytes, range.start, range.end)
  let total = 0
  let length: number | undefined
  while (at.next()) {
    const type = types[at.first]
    const each = elementBytes(bytes, type)
    switch (at.opcode) {
      case OP.structNew:
      case OP.structNewDefault:
        total += objectBytes(bytes, type)
        break
      case OP.arrayNewFixed:
        total += objectBytes(bytes, type) + at.second * each
        break
      case OP.arrayNew:
      case OP.arrayNewDefault:
        if (length === undefined) refuse(at.start)
        total += objectBytes(bytes, type) + length * each
    }
    length = at.opcode === OP.i32Const ? at.constant32() >>> 0 : undefined
  }
  return total
}

function refuse(offset: number): never {
  throw new MayflyError(
    'ERR_COMPONENT_UNSUPPORTED',
    `Cannot load core module: it uses an array in a constant expression whose length is no constant, at byte ${offset}`,
    { facts: { offset } },
  )
}
