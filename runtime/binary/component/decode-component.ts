/**
 * Decodes the bytes of a component into its definitions.
 *
 * The bytes come from strangers. Every read is bounds-checked, every count is bounded by the bytes that
 * remain, nesting is bounded, and core modules stay byte ranges that the decoder does not enter. So decoding is linear
 * in the size of the component's own sections.
 *
 * @module
 */

import { MayflyError } from '../../errors/index.ts'
import { ByteReader } from '../reader.ts'
import type {
  Component,
  CoreInstanceExpression,
  CustomSection,
  Definition,
  InstanceExpression,
  NamedSortIndex,
} from './component.ts'
import { readCanon } from './decode-canon.ts'
import { CORE_PREAMBLE } from './decode-core.ts'
import { readCoreType } from './decode-core-type.ts'
import {
  hex,
  readCoreSort,
  readExternName,
  readExternType,
  readOptional,
  readSortIndex,
} from './decode-name.ts'
import { MAX_NESTING, readAlias, readType } from './decode-type.ts'
import { describeForeignFile } from './foreign-file.ts'

const MAGIC = [0x00, 0x61, 0x73, 0x6d] as const
/** The pre-standard version all tools of WASI 0.2 and 0.3 write, and the layer that says "component". */
const VERSION_AND_LAYER = [0x0d, 0x00, 0x01, 0x00] as const

/**
 * Decodes a component.
 *
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED with the offset, ERR_COMPONENT_UNSUPPORTED
 */
export function decodeComponent(bytes: Uint8Array): Component {
  const foreign = describeForeignFile(bytes)
  if (foreign !== undefined) {
    throw new MayflyError('ERR_COMPONENT_MALFORMED', `Cannot read component: ${foreign.what}`, {
      hint: foreign.hint,
      facts: { offset: 0 },
    })
  }
  return readComponent(new ByteReader(bytes), 0)
}

function readComponent(reader: ByteReader, depth: number): Component {
  const start = reader.offset
  if (depth > MAX_NESTING) reader.fail(`components nested more than ${MAX_NESTING} deep`)
  for (const expected of [...MAGIC, ...VERSION_AND_LAYER]) {
    if (reader.byte() !== expected) reader.fail('preamble that is not of a component', start)
  }
  const definitions: Definition[] = []
  const customSections: CustomSection[] = []
  while (!reader.done) {
    const offset = reader.offset
    const id = reader.byte()
    const section = reader.part(reader.u32())
    if (id === 0) {
      customSections.push({ name: section.name(), start: section.offset, end: section.end })
      continue
    }
    readSection(section, id, offset, depth, definitions)
    section.expectEnd(`section ${id}`)
  }
  return { start, end: reader.end, definitions, customSections }
}

/** Appends the definitions of one section. */
function readSection(
  reader: ByteReader,
  id: number,
  offset: number,
  depth: number,
  definitions: Definition[],
): void {
  switch (id) {
    case 1:
      definitions.push({ kind: 'core module', range: readModule(reader), offset })
      return
    case 4:
      definitions.push({ kind: 'component', component: readComponent(reader, depth + 1), offset })
      return
    case 9:
      definitions.push({ kind: 'start', func: readStart(reader), offset })
      return
    case 12:
      return reader.refuse('component values', offset)
  }
  const read = DEFINITION_READERS[id] ?? reader.fail(`unknown section ${id}`, offset)
  const count = reader.count('definitions')
  for (let i = 0; i < count; i++) definitions.push(read(reader, reader.offset, depth))
}

type ReadDefinition = (reader: ByteReader, offset: number, depth: number) => Definition

const DEFINITION_READERS: Readonly<Record<number, ReadDefinition>> = {
  2: (reader, offset) => ({ kind: 'core instance', expression: readCoreInstance(reader), offset }),
  3: (reader, offset) => ({ kind: 'core type', type: readCoreType(reader), offset }),
  5: (reader, offset) => ({ kind: 'instance', expression: readInstance(reader), offset }),
  6: (reader, offset) => ({ kind: 'alias', alias: readAlias(reader), offset }),
  7: (reader, offset, depth) => ({ kind: 'type', type: readType(reader, depth), offset }),
  8: (reader, offset) => ({ kind: 'canon', canon: readCanon(reader), offset }),
  10: (reader, offset) => {
    const name = readExternName(reader)
    return { kind: 'import', ...name, type: readExternType(reader), offset }
  },
  11: (reader, offset) => {
    const name = readExternName(reader)
    const item = readSortIndex(reader)
    const type = readOptional(reader, () => readExternType(reader))
    return { kind: 'export', ...name, item, offset, ...(type === undefined ? {} : { type }) }
  },
}

/** The engine validates a module when it compiles it; here only its first bytes are looked at. */
function readModule(reader: ByteReader): { start: number; end: number } {
  const start = reader.offset
  for (const expected of CORE_PREAMBLE) {
    if (reader.byte() !== expected) reader.fail('preamble that is not of a core module', start)
  }
  reader.skip(reader.remaining)
  return { start, end: reader.end }
}

function readStart(reader: ByteReader): number {
  const start = reader.offset
  const func = reader.u32()
  if (reader.u32() > 0 || reader.u32() > 0) reader.refuse('a start function with values', start)
  return func
}

function readCoreInstance(reader: ByteReader): CoreInstanceExpression {
  const start = reader.offset
  const code = reader.byte()
  if (code === 0x00) {
    const module = reader.u32()
    return { kind: 'instantiate', module, arguments: readCoreArguments(reader) }
  }
  if (code !== 0x01) reader.fail(`unknown core instance ${hex(code)}`, start)
  const exports = readUnique(reader, 'exports', () => ({
    name: reader.name(),
    sort: readCoreSort(reader),
    index: reader.u32(),
  }))
  return { kind: 'exports', exports }
}

function readCoreArguments(reader: ByteReader): readonly { name: string; instance: number }[] {
  return readUnique(reader, 'arguments', () => {
    const name = reader.name()
    if (reader.byte() !== 0x12) reader.fail('argument that is not an instance', reader.offset - 1)
    return { name, instance: reader.u32() }
  })
}

function readInstance(reader: ByteReader): InstanceExpression {
  const start = reader.offset
  const code = reader.byte()
  if (code === 0x00) {
    const component = reader.u32()
    const read = (): NamedSortIndex => ({ name: reader.name(), ...readSortIndex(reader) })
    return { kind: 'instantiate', component, arguments: readUnique(reader, 'arguments', read) }
  }
  if (code !== 0x01) reader.fail(`unknown instance ${hex(code)}`, start)
  const exports = readUnique(reader, 'exports', () => ({
    ...readExternName(reader),
    ...readSortIndex(reader),
  }))
  return { kind: 'exports', exports }
}

/** Reads a vector of named things, no two of the same name. */
function readUnique<T extends { readonly name: string }>(
  reader: ByteReader,
  what: string,
  read: () => T,
): readonly T[] {
  const seen = new Set<string>()
  return reader.vector(what, () => {
    const start = reader.offset
    const element = read()
    if (seen.has(element.name)) reader.fail(`second "${element.name}" among ${what}`, start)
    seen.add(element.name)
    return element
  })
}
