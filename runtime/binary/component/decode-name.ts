/**
 * Names, sorts and the types of imports and exports, which all parts of a component use.
 *
 * Names are checked here, once. Labels become property names of JavaScript objects further up, so a label that is not
 * kebab-case (`__proto__`) must not get past.
 *
 * @module
 */

import type { ByteReader } from '../reader.ts'
import type { CoreExternalSort, ExternName, ExternType, Sort, SortIndex } from './component.ts'
import { externNameKind, isLabel } from './extern-name.ts'

/** The attribute that names the interface an instance implements; another may only be given once. */
const IMPLEMENTS = 0x00

// A name may be as long as its component.
const SHOWN_CHARACTERS = 100

const CORE_SORTS: Readonly<Record<number, Sort>> = {
  0x00: 'core func',
  0x01: 'core table',
  0x02: 'core memory',
  0x03: 'core global',
  0x04: 'core tag',
  0x10: 'core type',
  0x11: 'core module',
  0x12: 'core instance',
}

const SORTS: Readonly<Record<number, Sort>> = {
  0x01: 'func',
  0x02: 'value',
  0x03: 'type',
  0x04: 'component',
  0x05: 'instance',
}

const CORE_EXTERNAL_SORTS: Readonly<Record<number, CoreExternalSort>> = {
  0x00: 'func',
  0x01: 'table',
  0x02: 'memory',
  0x03: 'global',
  0x04: 'tag',
}

/** Reads the label of a field, case, flag or parameter. */
function readLabel(reader: ByteReader): string {
  const start = reader.offset
  const label = reader.name()
  if (!isLabel(label))
    reader.fail(
      `label ${JSON.stringify(label.slice(0, SHOWN_CHARACTERS))} is not kebab-case`,
      start,
    )
  return label
}

/** Reads labels, each with its item. No two labels may differ in case only. */
export function readLabelled<T>(
  reader: ByteReader,
  what: string,
  read: (name: string) => T,
): readonly T[] {
  const seen = new Set<string>()
  return reader.vector(what, () => {
    const start = reader.offset
    const label = readLabel(reader)
    const folded = label.toLowerCase()
    if (seen.has(folded)) reader.fail(`second "${label}" among ${what}`, start)
    seen.add(folded)
    return read(label)
  })
}

/** Reads the name of an import or export. Attributes do not take part in linking. */
export function readExternName(reader: ByteReader): ExternName {
  const start = reader.offset
  const form = reader.byte()
  if (form > 0x02) reader.fail(`name of unknown form ${hex(form)}`, start)
  const name = reader.name()
  const kind = externNameKind(name)
  if (kind === undefined)
    reader.fail(`name ${JSON.stringify(name.slice(0, SHOWN_CHARACTERS))} breaks the rules`, start)
  if (form !== 0x02) return { name }
  const attributes = readAttributes(reader)
  const implemented = attributes.get(IMPLEMENTS)
  if (implemented === undefined) return { name }
  if (kind !== 'plain') reader.fail(`interface implemented under the name "${name}"`, start)
  if (externNameKind(implemented) !== 'interface') {
    reader.fail(`implemented ${JSON.stringify(implemented)} is not the name of an interface`, start)
  }
  return { name, implements: implemented }
}

export function readCoreExternalSort(reader: ByteReader): CoreExternalSort {
  const start = reader.offset
  const code = reader.byte()
  return CORE_EXTERNAL_SORTS[code] ?? reader.fail(`unknown core sort ${hex(code)}`, start)
}

export function readCoreSort(reader: ByteReader): Sort {
  const start = reader.offset
  const code = reader.byte()
  return CORE_SORTS[code] ?? reader.fail(`unknown core sort ${hex(code)}`, start)
}

export function readSort(reader: ByteReader): Sort {
  const start = reader.offset
  const code = reader.byte()
  if (code === 0x00) return readCoreSort(reader)
  return SORTS[code] ?? reader.fail(`unknown sort ${hex(code)}`, start)
}

export function readSortIndex(reader: ByteReader): SortIndex {
  const start = reader.offset
  const sort = readSort(reader)
  if (sort === 'value') reader.refuse('component values', start)
  return { sort, index: reader.u32() }
}

export function readExternType(reader: ByteReader): ExternType {
  const start = reader.offset
  const code = reader.byte()
  switch (code) {
    case 0x00:
      if (reader.byte() !== 0x11) reader.fail('core sort that is not a module', start)
      return { sort: 'core module', type: reader.u32() }
    case 0x01:
      return { sort: 'func', type: reader.u32() }
    case 0x02:
      return reader.refuse('component values', start)
    case 0x03:
      return readTypeBound(reader)
    case 0x04:
      return { sort: 'component', type: reader.u32() }
    case 0x05:
      return { sort: 'instance', type: reader.u32() }
    default:
      return reader.fail(`unknown kind of import or export ${hex(code)}`, start)
  }
}

/** Reads a presence byte, then the value if it is present. */
export function readOptional<T>(reader: ByteReader, read: () => T): T | undefined {
  return readFlag(reader) ? read() : undefined
}

export function readFlag(reader: ByteReader): boolean {
  const start = reader.offset
  const flag = reader.byte()
  if (flag > 1) reader.fail(`${hex(flag)} where 0 or 1 belongs`, start)
  return flag === 1
}

export function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`
}

function readTypeBound(reader: ByteReader): ExternType {
  const start = reader.offset
  const code = reader.byte()
  if (code === 0x00) return { sort: 'type', equal: reader.u32() }
  if (code === 0x01) return { sort: 'type' }
  return reader.fail(`unknown type bound ${hex(code)}`, start)
}

function readAttributes(reader: ByteReader): ReadonlyMap<number, string> {
  const attributes = new Map<number, string>()
  reader.vector('name attributes', () => {
    const start = reader.offset
    const code = reader.byte()
    if (code > 0x02) reader.fail(`unknown name attribute ${hex(code)}`, start)
    if (attributes.has(code)) reader.fail('name attribute given twice', start)
    attributes.set(code, reader.name())
  })
  return attributes
}
