/**
 * The type section of a component, and the declarations of component and instance types.
 *
 * @module
 */

import type { ByteReader } from '../reader.ts'
import type {
  Alias,
  Declaration,
  NamedTypeUse,
  Primitive,
  TypeDefinition,
  TypeUse,
} from './component.ts'
import { readCoreType } from './decode-core-type.ts'
import {
  hex,
  readExternName,
  readExternType,
  readLabelled,
  readOptional,
  readSort,
} from './decode-name.ts'

/** Types and components nest in practice up to 4 deep; each level costs a few frames of our stack. */
export const MAX_NESTING = 64

/** The canonical ABI bounds flags to one i32. */
const MAX_FLAGS = 32

const PRIMITIVE_CODES: Readonly<Record<number, Primitive | 'error-context'>> = {
  0x7f: 'bool',
  0x7e: 's8',
  0x7d: 'u8',
  0x7c: 's16',
  0x7b: 'u16',
  0x7a: 's32',
  0x79: 'u32',
  0x78: 's64',
  0x77: 'u64',
  0x76: 'f32',
  0x75: 'f64',
  0x74: 'char',
  0x73: 'string',
  0x64: 'error-context',
}

export function readTypeUse(reader: ByteReader): TypeUse {
  const start = reader.offset
  const code = reader.s33()
  if (code >= 0) return code
  const primitive = code >= -64 ? PRIMITIVE_CODES[code & 0x7f] : undefined
  return primitive ?? reader.fail(`unknown value type ${code}`, start)
}

/** `depth` counts the component and instance types around this one. */
export function readType(reader: ByteReader, depth: number): TypeDefinition {
  const start = reader.offset
  const code = reader.byte()
  const primitive = PRIMITIVE_CODES[code]
  if (primitive !== undefined) return { kind: primitive }
  switch (code) {
    case 0x72:
      return {
        kind: 'record',
        fields: notEmpty(reader, readNamedTypes(reader, 'fields'), 'record'),
      }
    case 0x71:
      return { kind: 'variant', cases: notEmpty(reader, readCases(reader), 'variant') }
    case 0x70:
      return { kind: 'list', element: readTypeUse(reader) }
    case 0x67:
      return readFixedList(reader)
    case 0x6f:
      return { kind: 'tuple', elements: notEmpty(reader, readTypeUses(reader), 'tuple') }
    case 0x6e:
      return { kind: 'flags', names: readFlags(reader) }
    case 0x6d:
      return { kind: 'enum', names: notEmpty(reader, readNames(reader, 'cases'), 'enum') }
    case 0x6b:
      return { kind: 'option', some: readTypeUse(reader) }
    case 0x6a:
      return readResult(reader)
    case 0x69:
      return { kind: 'own', resource: reader.u32() }
    case 0x68:
      return { kind: 'borrow', resource: reader.u32() }
    case 0x66:
      return { kind: 'stream', ...readElement(reader) }
    case 0x65:
      return { kind: 'future', ...readElement(reader) }
    case 0x63:
      return { kind: 'map', key: readTypeUse(reader), value: readTypeUse(reader) }
    case 0x40:
    case 0x43:
      return readFunctionType(reader, code === 0x43)
    case 0x41:
      return { kind: 'component', declarations: readDeclarations(reader, depth, true) }
    case 0x42:
      return { kind: 'instance', declarations: readDeclarations(reader, depth, false) }
    case 0x3f:
      return readResource(reader, start)
    case 0x3e:
      return reader.refuse('resources with an asynchronous destructor', start)
    default:
      return reader.fail(`unknown type ${hex(code)}`, start)
  }
}

/** Returns the result of a function, or `undefined` when it has none. */
export function readResultList(reader: ByteReader): TypeUse | undefined {
  const start = reader.offset
  const code = reader.byte()
  if (code === 0x00) return readTypeUse(reader)
  if (code !== 0x01) reader.fail(`unknown result list ${hex(code)}`, start)
  if (reader.u32() > 0) reader.refuse('functions with named results', start)
  return undefined
}

export function readAlias(reader: ByteReader): Alias {
  const sort = readSort(reader)
  const start = reader.offset
  const code = reader.byte()
  switch (code) {
    case 0x00:
      return { sort, kind: 'export', instance: reader.u32(), name: reader.name() }
    case 0x01:
      return { sort, kind: 'core export', instance: reader.u32(), name: reader.name() }
    case 0x02:
      return { sort, kind: 'outer', count: reader.u32(), index: reader.u32() }
    default:
      return reader.fail(`unknown alias ${hex(code)}`, start)
  }
}

function readDeclarations(reader: ByteReader, depth: number, imports: boolean): Declaration[] {
  if (depth >= MAX_NESTING) reader.fail(`types nested more than ${MAX_NESTING} deep`)
  return reader.vector('declarations', () => readDeclaration(reader, depth + 1, imports))
}

function readDeclaration(reader: ByteReader, depth: number, imports: boolean): Declaration {
  const offset = reader.offset
  const code = reader.byte()
  switch (code) {
    case 0x00:
      return { kind: 'core type', type: readCoreType(reader), offset }
    case 0x01: {
      const type = readType(reader, depth)
      if (type.kind === 'resource') reader.fail('resource defined inside a type', offset)
      return { kind: 'type', type, offset }
    }
    case 0x02:
      return { kind: 'alias', alias: readAlias(reader), offset }
    case 0x03:
      if (!imports) break
      return { kind: 'import', ...readExternName(reader), type: readExternType(reader), offset }
    case 0x04:
      return { kind: 'export', ...readExternName(reader), type: readExternType(reader), offset }
  }
  return reader.fail(`unknown declaration ${hex(code)}`, offset)
}

function readFunctionType(reader: ByteReader, async: boolean): TypeDefinition {
  const params = readNamedTypes(reader, 'parameters')
  const result = readResultList(reader)
  return { kind: 'func', params, async, ...(result === undefined ? {} : { result }) }
}

function readResource(reader: ByteReader, start: number): TypeDefinition {
  if (reader.byte() !== 0x7f)
    reader.refuse('resources represented by something else than i32', start)
  const destructor = readOptional(reader, () => reader.u32())
  return { kind: 'resource', ...(destructor === undefined ? {} : { destructor }) }
}

function readNamedTypes(reader: ByteReader, what: string): readonly NamedTypeUse[] {
  return readLabelled(reader, what, (name) => ({ name, type: readTypeUse(reader) }))
}

function readTypeUses(reader: ByteReader): readonly TypeUse[] {
  return reader.vector('elements', () => readTypeUse(reader))
}

function readNames(reader: ByteReader, what: string): readonly string[] {
  return readLabelled(reader, what, (name) => name)
}

function readFlags(reader: ByteReader): readonly string[] {
  const start = reader.offset
  const names = notEmpty(reader, readNames(reader, 'flags'), 'flags')
  if (names.length > MAX_FLAGS) reader.fail(`more than ${MAX_FLAGS} flags in one type`, start)
  return names
}

function readCases(reader: ByteReader): readonly { name: string; type?: TypeUse }[] {
  return readLabelled(reader, 'cases', (name) => {
    const type = readOptional(reader, () => readTypeUse(reader))
    if (reader.byte() !== 0x00) reader.fail('case that refines another', reader.offset - 1)
    return type === undefined ? { name } : { name, type }
  })
}

function readFixedList(reader: ByteReader): TypeDefinition {
  const element = readTypeUse(reader)
  const start = reader.offset
  const length = reader.u32()
  if (length === 0) reader.fail('list of fixed length 0', start)
  return { kind: 'list', element, length }
}

function readResult(reader: ByteReader): TypeDefinition {
  const ok = readOptional(reader, () => readTypeUse(reader))
  const error = readOptional(reader, () => readTypeUse(reader))
  return {
    kind: 'result',
    ...(ok === undefined ? {} : { ok }),
    ...(error === undefined ? {} : { error }),
  }
}

function readElement(reader: ByteReader): { element?: TypeUse } {
  const element = readOptional(reader, () => readTypeUse(reader))
  return element === undefined ? {} : { element }
}

function notEmpty<T>(reader: ByteReader, elements: readonly T[], kind: string): readonly T[] {
  if (elements.length === 0) reader.fail(`${kind} without any element`, reader.offset - 1)
  return elements
}
