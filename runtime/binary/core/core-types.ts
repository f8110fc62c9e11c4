/**
 * Reads the types of a core module as far as the rewriter needs them: how many parameters and results a
 * function has, and where a type ends.
 *
 * @module
 */

import type { ByteReader } from '../reader.ts'

export interface FunctionArity {
  readonly params: number
  readonly results: number
}

/** Type codes of the binary format. */
export const TYPE = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  func: 0x70,
  extern: 0x6f,
  refNull: 0x63,
  ref: 0x64,
  empty: 0x40,
} as const

/** Reads the type section: function arities by type index, `undefined` for types that are not functions. */
export function readTypeSection(reader: ByteReader): {
  count: number
  /** Where the first entry begins. */
  start: number
  types: (FunctionArity | undefined)[]
} {
  const types: (FunctionArity | undefined)[] = []
  const count = reader.count('types')
  const start = reader.offset
  for (let i = 0; i < count; i++) {
    if (reader.peek() === 0x4e) {
      reader.byte()
      const grouped = reader.count('types of a group')
      for (let j = 0; j < grouped; j++) types.push(readSubtype(reader))
    } else types.push(readSubtype(reader))
  }
  return { count, start, types }
}

/** Moves past a value type. */
export function skipValueType(reader: ByteReader): void {
  const code = reader.byte()
  if (code === TYPE.refNull || code === TYPE.ref) skipHeapType(reader)
  else if (!((code >= TYPE.v128 && code <= TYPE.i32) || (code >= 0x69 && code <= 0x74))) {
    reader.refuse(`value type 0x${code.toString(16)}`, reader.offset - 1)
  }
}

/** Moves past a heap type: an index, or the negative code of an abstract one. */
export function skipHeapType(reader: ByteReader): void {
  const start = reader.offset
  const code = reader.s33()
  // -0x17 to -0x0c are exn to noexn; below and above stand shared, exact and continuation types.
  if (code < 0 && (code < -0x17 || code > -0x0c)) {
    reader.refuse(`heap type 0x${(code + 0x80).toString(16)}`, start)
  }
}

function readSubtype(reader: ByteReader): FunctionArity | undefined {
  let code = reader.byte()
  if (code === 0x50 || code === 0x4f) {
    const supertypes = reader.count('supertypes')
    for (let i = 0; i < supertypes; i++) reader.u32()
    code = reader.byte()
  }
  switch (code) {
    case 0x60: {
      const params = skipValueTypes(reader)
      return { params, results: skipValueTypes(reader) }
    }
    case 0x5f: {
      const fields = reader.count('fields')
      for (let i = 0; i < fields; i++) skipFieldType(reader)
      return undefined
    }
    case 0x5e:
      skipFieldType(reader)
      return undefined
    default:
      return reader.refuse(`type form 0x${code.toString(16)}`, reader.offset - 1)
  }
}

function skipValueTypes(reader: ByteReader): number {
  const count = reader.count('value types')
  for (let i = 0; i < count; i++) skipValueType(reader)
  return count
}

function skipFieldType(reader: ByteReader): void {
  const code = reader.peek()
  // i8 and i16 exist only as fields.
  if (code === 0x78 || code === 0x77) reader.byte()
  else skipValueType(reader)
  reader.byte()
}
