/**
 * Names, sorts and the types of imports and exports, as every part of a component uses them.
 *
 * Names are checked here, once: labels become property names of JavaScript objects further up, so what is
 * not kebab-case (`__proto__`) must not get past.
 *
 * @module
 */

import type { ByteReader } from '../reader.ts'
import type { CoreExternalSort, ExternType, NamedSortIndex, Sort, SortIndex } from './component.ts'

/** Words of one case each, joined by `-`; only the first must not begin with a digit. */
const LABEL = /^(?:[a-z][0-9a-z]*|[A-Z][0-9A-Z]*)(?:-(?:[0-9a-z]+|[0-9A-Z]+))*$/

/** `get`, `[constructor]bucket`, `[method]bucket.get`; draft tools also wrote `[async method]`. */
const PLAIN_NAME = /^(?:\[[a-z ]+\])?([^.[\]]+)(?:\.([^.[\]]+))?$/

/** `wasi:http/types@0.2.12`, `a:b/c/d`, and the names of dependencies: `unlocked-dep=<a:b@{>=1.0.0}>`. */
const QUALIFIED_NAME = /^(?=.*[:=])[a-z][0-9A-Za-z\-:/@.+=<>{}*, !]*$/

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
export function readLabel(reader: ByteReader): string {
  const start = reader.offset
  const label = reader.name()
  if (!LABEL.test(label)) reader.fail(`label ${JSON.stringify(label)} is not kebab-case`, start)
  return label
}

/** Reads labels with what belongs to each; no two may differ in case only. */
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
export function readExternName(reader: ByteReader): string {
  const start = reader.offset
  const form = reader.byte()
  if (form > 0x02) reader.fail(`name of unknown form ${hex(form)}`, start)
  const name = reader.name()
  if (!isExternName(name)) reader.fail(`name ${JSON.stringify(name)} breaks the rules`, start)
  if (form === 0x02) reader.vector('name attributes', () => readAttribute(reader))
  return name
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

export function readNamedSortIndex(reader: ByteReader, name: string): NamedSortIndex {
  return { name, ...readSortIndex(reader) }
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

/** Reads a presence byte, then what it announces. */
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

function readAttribute(reader: ByteReader): void {
  const start = reader.offset
  const code = reader.byte()
  if (code > 0x02) reader.fail(`unknown name attribute ${hex(code)}`, start)
  reader.name()
}

function isExternName(name: string): boolean {
  if (QUALIFIED_NAME.test(name)) return true
  const plain = PLAIN_NAME.exec(name)
  if (plain === null) return false
  const [, first = '', second] = plain
  return LABEL.test(first) && (second === undefined || LABEL.test(second))
}
