/**
 * The little of core WebAssembly a component refers to: core types, and what a core module imports and
 * exports. Bodies are never touched: a section that is not needed is skipped by its size.
 *
 * @module
 */

import { ByteReader } from '../reader.ts'
import type { CoreExternalSort, Range } from './component.ts'
import { hex, readCoreExternalSort } from './decode-name.ts'

export interface CoreImport {
  readonly module: string
  readonly name: string
  readonly sort: CoreExternalSort
}

export interface CoreInterface {
  readonly imports: readonly CoreImport[]
  readonly exports: ReadonlyMap<string, CoreExternalSort>
}

export const CORE_PREAMBLE: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** Returns what the core module in `range` imports and exports. */
export function readCoreInterface(bytes: Uint8Array, range: Range): CoreInterface {
  const reader = new ByteReader(bytes, range.start, range.end, 'core module')
  for (const expected of CORE_PREAMBLE) {
    if (reader.byte() !== expected)
      reader.fail('preamble that is not of a core module', range.start)
  }
  let imports: readonly CoreImport[] = []
  const exports = new Map<string, CoreExternalSort>()
  while (!reader.done) {
    const id = reader.byte()
    const section = reader.part(reader.u32())
    if (id === 2) imports = section.vector('imports', () => readCoreImport(section))
    if (id !== 7) continue
    section.vector('exports', () => {
      exports.set(section.name(), readCoreExternalSort(section))
      section.u32()
    })
    break // Exports come after imports; the code, far the largest part, comes later still.
  }
  return { imports, exports }
}

/** Moves past a core type: of a module, or any of WebAssembly 3.0. */
export function skipCoreType(reader: ByteReader): void {
  const start = reader.offset
  const code = reader.byte()
  switch (code) {
    case 0x50:
      reader.vector('declarations', () => skipModuleDeclaration(reader))
      return
    case 0x00:
      if (reader.byte() !== 0x50) reader.fail('unknown core type', start)
      reader.vector('supertypes', () => reader.u32())
      skipCompositeType(reader)
      return
    case 0x4e:
      reader.vector('types', () => skipSubtype(reader))
      return
    default:
      reader.offset = start
      skipSubtype(reader)
  }
}

/** Moves past a core value type and returns its code. */
export function skipCoreValueType(reader: ByteReader): number {
  const start = reader.offset
  const code = reader.byte()
  if (code === 0x63 || code === 0x64) {
    reader.s33()
    return code
  }
  if (code < 0x68 || code > 0x7f) reader.fail(`unknown core value type ${hex(code)}`, start)
  return code
}

function readCoreImport(reader: ByteReader): CoreImport {
  const module = reader.name()
  const name = reader.name()
  return { module, name, sort: skipExternalType(reader) }
}

function skipModuleDeclaration(reader: ByteReader): void {
  const start = reader.offset
  const code = reader.byte()
  switch (code) {
    case 0x00:
      readCoreImport(reader)
      return
    case 0x01:
      if (reader.peek() === 0x50) reader.fail('module type inside a module type', start)
      skipCoreType(reader)
      return
    case 0x02:
      if (reader.byte() !== 0x10 || reader.byte() !== 0x01) reader.fail('unknown alias', start)
      reader.u32()
      reader.u32()
      return
    case 0x03:
      reader.name()
      skipExternalType(reader)
      return
    default:
      reader.fail(`unknown declaration ${hex(code)}`, start)
  }
}

function skipExternalType(reader: ByteReader): CoreExternalSort {
  const sort = readCoreExternalSort(reader)
  switch (sort) {
    case 'func':
      reader.u32()
      return sort
    case 'table':
      skipCoreValueType(reader)
      skipLimits(reader)
      return sort
    case 'memory':
      skipLimits(reader)
      return sort
    case 'global':
      skipCoreValueType(reader)
      reader.byte()
      return sort
    case 'tag':
      reader.byte()
      reader.u32()
      return sort
  }
}

function skipLimits(reader: ByteReader): void {
  const flags = reader.byte()
  reader.u64()
  if (flags & 0x01) reader.u64()
  if (flags & 0x08) reader.u32() // A page size other than 64 KiB.
}

function skipSubtype(reader: ByteReader): void {
  const code = reader.peek()
  if (code === 0x4f || code === 0x50) {
    reader.byte()
    reader.vector('supertypes', () => reader.u32())
  }
  skipCompositeType(reader)
}

function skipCompositeType(reader: ByteReader): void {
  const start = reader.offset
  const code = reader.byte()
  switch (code) {
    case 0x60:
      reader.vector('parameters', () => skipCoreValueType(reader))
      reader.vector('results', () => skipCoreValueType(reader))
      return
    case 0x5f:
      reader.vector('fields', () => skipFieldType(reader))
      return
    case 0x5e:
      skipFieldType(reader)
      return
    default:
      reader.fail(`unknown core type ${hex(code)}`, start)
  }
}

function skipFieldType(reader: ByteReader): void {
  const code = reader.peek()
  if (code === 0x78 || code === 0x77) reader.byte()
  else skipCoreValueType(reader)
  reader.byte()
}
