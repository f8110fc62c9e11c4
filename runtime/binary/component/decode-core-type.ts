/**
 * Core types: functions, module types, and all other types that WebAssembly 3.0 allows among them.
 *
 * @module
 */

import type { ByteReader } from '../reader.ts'
import {
  INDEXED,
  NOT_NULL,
  type CoreExternType,
  type CoreFunctionType,
  type CoreImport,
  type CoreTypeDefinition,
  type CoreTypeGroup,
  type CoreValueType,
  type Limits,
  type ModuleDeclaration,
} from './core-type.ts'
import { hex, readCoreExternalSort } from './decode-name.ts'

/** Reads a core type of a component: of a module, or any of WebAssembly 3.0. */
export function readCoreType(reader: ByteReader): CoreTypeDefinition {
  const start = reader.offset
  const code = reader.peek()
  if (code === 0x50) {
    reader.byte()
    const declarations = reader.vector('declarations', () => readModuleDeclaration(reader))
    return { kind: 'module', declarations }
  }
  if (code !== 0x00) return readCoreTypeGroup(reader)
  // A type that may have subtypes: prefixed, because its opcode is that of a module type.
  reader.byte()
  if (reader.peek() !== 0x50) reader.fail('unknown core type', start)
  return readCoreTypeGroup(reader)
}

/** Reads one entry of the type section of a core module. */
export function readCoreTypeGroup(reader: ByteReader): CoreTypeGroup {
  if (reader.peek() !== 0x4e) return { kind: 'group', types: [readSubtype(reader)] }
  reader.byte()
  return { kind: 'group', types: reader.vector('types', () => readSubtype(reader)) }
}

export function readCoreImport(reader: ByteReader): CoreImport<number> {
  return { module: reader.name(), name: reader.name(), type: readCoreExternType(reader) }
}

function readCoreExternType(reader: ByteReader): CoreExternType<number> {
  const sort = readCoreExternalSort(reader)
  switch (sort) {
    case 'func':
      return { sort, type: reader.u32() }
    case 'table':
      return { sort, element: readCoreValueType(reader), limits: readLimits(reader) }
    case 'memory':
      return { sort, limits: readLimits(reader) }
    case 'global':
      return { sort, type: readCoreValueType(reader), mutable: (reader.byte() & 1) === 1 }
    case 'tag': {
      const start = reader.offset
      const attribute = reader.byte()
      if (attribute !== 0) reader.fail(`unknown tag attribute ${hex(attribute)}`, start)
      return { sort, type: reader.u32() }
    }
  }
}

export function readCoreValueType(reader: ByteReader): CoreValueType {
  const start = reader.offset
  const code = reader.byte()
  if (code === 0x63 || code === 0x64) {
    const heap = reader.s33()
    if (heap >= 0) return INDEXED
    return code === 0x63 ? heap & 0x7f : NOT_NULL + (heap & 0x7f)
  }
  if (code < 0x68 || code > 0x7f) reader.fail(`unknown core value type ${hex(code)}`, start)
  return code
}

export function readLimits(reader: ByteReader): Limits {
  const start = reader.offset
  const flags = reader.byte()
  if (flags > 0x0f) reader.fail(`unknown limits ${hex(flags)}`, start)
  return {
    minimum: reader.u64(),
    ...(flags & 0x01 ? { maximum: reader.u64() } : {}),
    shared: (flags & 0x02) !== 0,
    is64: (flags & 0x04) !== 0,
    ...(flags & 0x08 ? { pageSizeLog2: reader.u32() } : {}),
  }
}

function readModuleDeclaration(reader: ByteReader): ModuleDeclaration {
  const start = reader.offset
  const code = reader.byte()
  switch (code) {
    case 0x00:
      return { kind: 'import', ...readCoreImport(reader) }
    case 0x01: {
      const type = readCoreType(reader)
      if (type.kind === 'module') reader.fail('module type inside a module type', start)
      return { kind: 'type', type }
    }
    case 0x02:
      if (reader.byte() !== 0x10 || reader.byte() !== 0x01) reader.fail('unknown alias', start)
      return { kind: 'alias', count: reader.u32(), index: reader.u32() }
    case 0x03:
      return { kind: 'export', name: reader.name(), type: readCoreExternType(reader) }
    default:
      return reader.fail(`unknown declaration ${hex(code)}`, start)
  }
}

function readSubtype(reader: ByteReader): CoreFunctionType | undefined {
  const code = reader.peek()
  if (code === 0x4f || code === 0x50) {
    reader.byte()
    reader.vector('supertypes', () => reader.u32())
  }
  return readCompositeType(reader)
}

function readCompositeType(reader: ByteReader): CoreFunctionType | undefined {
  const start = reader.offset
  const code = reader.byte()
  switch (code) {
    case 0x60: {
      const params = reader.vector('parameters', () => readCoreValueType(reader))
      return { params, results: reader.vector('results', () => readCoreValueType(reader)) }
    }
    case 0x5f:
      reader.vector('fields', () => skipFieldType(reader))
      return undefined
    case 0x5e:
      skipFieldType(reader)
      return undefined
    default:
      return reader.fail(`unknown core type ${hex(code)}`, start)
  }
}

function skipFieldType(reader: ByteReader): void {
  const code = reader.peek()
  if (code === 0x78 || code === 0x77) reader.byte()
  else readCoreValueType(reader)
  reader.byte()
}
