/**
 * Reads one section of a core module into the draft of the module.
 *
 * @module
 */

import type { ByteReader } from '../reader.ts'
import { skipConstantExpression } from './constant-expression.ts'
import {
  EXTERNAL_KINDS,
  type CoreGlobal,
  type CoreMemory,
  type CoreModuleDraft,
  type CoreTable,
  type ExternalKind,
  type ImportName,
  type Range,
} from './core-module.ts'
import { readTypeSection, skipValueType } from './core-types.ts'

/** Reads the section `id`; `reader` spans its contents. Custom sections are passed over. */
export function readSection(id: number, reader: ByteReader, draft: CoreModuleDraft): void {
  const each = (what: string, read: () => void): void => {
    const count = reader.count(what)
    for (let i = 0; i < count; i++) read()
  }
  switch (id) {
    case 0:
      return
    case 1: {
      const { count, types, start } = readTypeSection(reader)
      draft.types = types
      draft.typeSection = { count, body: { start, end: reader.offset } }
      return
    }
    case 2:
      return each('imports', () => readImport(reader, draft))
    case 3:
      return each('functions', () => draft.functions.push(reader.u32()))
    case 4:
      return each('tables', () => draft.tables.push(readTable(reader)))
    case 5:
      return each('memories', () => draft.memories.push(readMemory(reader)))
    case 6:
      return each('globals', () => draft.globals.push(readGlobal(reader)))
    case 7:
      return each('exports', () => {
        const name = reader.name()
        draft.exports.push({ name, kind: readKind(reader), index: reader.u32() })
      })
    case 8:
      draft.start = reader.u32()
      return
    case 9:
      draft.elements = { start: reader.offset, end: reader.end }
      reader.skip(reader.remaining)
      return
    case 10:
      return each('function bodies', () => {
        const length = reader.u32()
        draft.code.push({ start: reader.offset, end: reader.offset + length })
        reader.skip(length)
      })
    case 11:
      return each('data segments', () => readData(reader, draft))
    case 12:
      draft.hasDataCount = true
      reader.u32()
      return
    case 13: {
      const body = reader.offset
      each('tags', () => readTag(reader, draft))
      draft.tags.body = { start: body, end: reader.offset }
      return
    }
    default:
      reader.refuse(`section ${id}`)
  }
}

function readImport(reader: ByteReader, draft: CoreModuleDraft): void {
  const imported: ImportName = { module: reader.name(), name: reader.name() }
  const kind = readKind(reader)
  const start = reader.offset
  switch (kind) {
    case 'func':
      draft.functions.push(reader.u32())
      draft.importedFunctions++
      break
    case 'table':
      draft.tables.push({ imported, ...readTableType(reader) })
      break
    case 'memory':
      draft.memories.push({ imported, ...readMemory(reader) })
      break
    case 'global':
      draft.globals.push({ imported, ...readGlobalType(reader) })
      draft.importedGlobals++
      break
    case 'tag':
      readTag(reader, draft)
  }
  draft.imports.push({ ...imported, kind, description: { start, end: reader.offset } })
}

function readKind(reader: ByteReader): ExternalKind {
  const code = reader.byte()
  return EXTERNAL_KINDS[code] ?? reader.refuse(`external kind 0x${code.toString(16)}`)
}

function readTag(reader: ByteReader, { tags, types }: CoreModuleDraft): void {
  reader.byte()
  const type = reader.u32()
  tags.types.push(type)
  tags.arities.push(types[type]?.params ?? 0)
}

function readTable(reader: ByteReader): CoreTable {
  if (reader.peek() !== 0x40) return readTableType(reader)
  reader.skip(2)
  const type = readTableType(reader)
  return { ...type, initial: readExpression(reader) }
}

function readTableType(reader: ByteReader): CoreTable {
  const start = reader.offset
  skipValueType(reader)
  const type = { start, end: reader.offset }
  const { pageSize, ...limits } = readLimits(reader)
  if (pageSize) reader.refuse('a table with a page size')
  return { type, ...limits }
}

function readMemory(reader: ByteReader): CoreMemory {
  const { pageSize, ...limits } = readLimits(reader)
  if (pageSize) reader.refuse('custom page sizes')
  return limits
}

function readLimits(reader: ByteReader): CoreMemory & { pageSize: boolean } {
  const flags = reader.byte()
  if (flags > 15) reader.refuse(`limits 0x${flags.toString(16)}`, reader.offset - 1)
  const wide = (flags & 4) !== 0
  // Beyond 2^53 pages the number is inexact, and no engine allocates it anyway.
  const size = (): number => (wide ? Number(reader.u64()) : reader.u32())
  const minimum = size()
  return {
    minimum,
    ...(flags & 1 ? { maximum: size() } : {}),
    shared: (flags & 2) !== 0,
    wide,
    pageSize: (flags & 8) !== 0,
  }
}

function readGlobal(reader: ByteReader): CoreGlobal {
  const type = readGlobalType(reader)
  return { ...type, initial: readExpression(reader) }
}

function readGlobalType(reader: ByteReader): CoreGlobal {
  const start = reader.offset
  skipValueType(reader)
  const type = { start, end: reader.offset }
  const mutability = reader.byte()
  if (mutability > 1) reader.refuse('shared globals', reader.offset - 1)
  return { type, mutable: mutability === 1 }
}

function readExpression(reader: ByteReader): Range {
  const start = reader.offset
  skipConstantExpression(reader)
  return { start, end: reader.offset }
}

function readData(reader: ByteReader, draft: CoreModuleDraft): void {
  const mode = reader.u32()
  if (mode > 2) reader.fail(`data segment mode ${mode}`)
  const memory = mode === 2 ? reader.u32() : 0
  const active = mode === 1 ? {} : { active: { memory, offset: readExpression(reader) } }
  const length = reader.u32()
  const start = reader.offset
  reader.skip(length)
  draft.data.push({ ...active, bytes: { start, end: start + length } })
}
