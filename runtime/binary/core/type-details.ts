/**
 * Reads the type section of a core module in full: parameters and results of functions, and sizes of objects.
 *
 * Most modules never need it: `core-types.ts` reads only the numbers of parameters and results.
 *
 * @module
 */
import { ByteReader } from '../reader.ts'
import type { CoreModule, Range } from './core-module.ts'
import { skipValueType, TYPE } from './core-types.ts'

export type TypeDetail =
  | { readonly kind: 'func'; readonly params: readonly Range[]; readonly results: readonly Range[] }
  | { readonly kind: 'struct'; readonly fields: readonly Range[] }
  | { readonly kind: 'array'; readonly element: Range }

const EXN = 0x69
const NO_EXN = 0x74
const I8 = 0x78
const I16 = 0x77
const REFERENCE_BYTES = 8
// V8 without compressed pointers: the map of an object, its hash, and the length of an array.
const STRUCT_HEADER_BYTES = 16
const ARRAY_HEADER_BYTES = 24

/** Returns the types of `module`, by index. */
export function readTypes({ bytes, typeSection }: CoreModule): readonly TypeDetail[] {
  const { start, end } = typeSection.body
  const reader = new ByteReader(bytes, start, end, 'core module')
  const types: TypeDetail[] = []
  for (let rest = typeSection.count; rest > 0; rest--) {
    if (reader.peek() !== 0x4e) types.push(readType(reader))
    else {
      reader.byte()
      for (let grouped = reader.u32(); grouped > 0; grouped--) types.push(readType(reader))
    }
  }
  return types
}

/** Whether values of the type in `range` refer to exceptions. */
export function holdsException(bytes: Uint8Array, { start }: Range): boolean {
  const code = bytes[start]
  const heap = code === TYPE.ref || code === TYPE.refNull ? bytes[start + 1] : code
  return heap === EXN || heap === NO_EXN
}

/** Whether values of the type in `range` are references. */
export function isReference(bytes: Uint8Array, { start }: Range): boolean {
  return (bytes[start] ?? 0) < I16
}

/** Bytes of a value of the type in `range`, where it is a field or an element. */
export function bytesOfType(bytes: Uint8Array, { start }: Range): number {
  switch (bytes[start]) {
    case I8:
      return 1
    case I16:
      return 2
    case TYPE.i32:
    case TYPE.f32:
      return 4
    case TYPE.v128:
      return 16
    default:
      return REFERENCE_BYTES
  }
}

/** Bytes of an object of `type`, without the bytes of its elements. */
export function objectBytes(bytes: Uint8Array, type: TypeDetail | undefined): number {
  if (type?.kind !== 'struct') return ARRAY_HEADER_BYTES
  // Every field is counted as if it stood alone: that is never less than V8 takes, for any alignment.
  return type.fields.reduce(
    (sum, field) => sum + Math.max(8, bytesOfType(bytes, field)),
    STRUCT_HEADER_BYTES,
  )
}

/** Bytes that each element adds to an array of `type`. */
export function elementBytes(bytes: Uint8Array, type: TypeDetail | undefined): number {
  return type?.kind === 'array' ? bytesOfType(bytes, type.element) : REFERENCE_BYTES
}

function readType(reader: ByteReader): TypeDetail {
  let code = reader.byte()
  if (code === 0x50 || code === 0x4f) {
    for (let supertypes = reader.u32(); supertypes > 0; supertypes--) reader.u32()
    code = reader.byte()
  }
  switch (code) {
    case 0x60:
      return { kind: 'func', params: valueTypes(reader), results: valueTypes(reader) }
    case 0x5f: {
      const fields: Range[] = []
      for (let rest = reader.u32(); rest > 0; rest--) fields.push(fieldType(reader))
      return { kind: 'struct', fields }
    }
    default:
      return { kind: 'array', element: fieldType(reader) }
  }
}

function valueTypes(reader: ByteReader): Range[] {
  const types: Range[] = []
  for (let rest = reader.u32(); rest > 0; rest--) {
    const start = reader.offset
    skipValueType(reader)
    types.push({ start, end: reader.offset })
  }
  return types
}

function fieldType(reader: ByteReader): Range {
  const start = reader.offset
  const code = reader.peek()
  if (code === I8 || code === I16) reader.byte()
  else skipValueType(reader)
  const end = reader.offset
  reader.byte()
  return { start, end }
}
