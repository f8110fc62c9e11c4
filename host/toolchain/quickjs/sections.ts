/**
 * Core modules by section: the build of the engine changes whole sections, and keeps every other byte.
 *
 * @module
 */
// By its file: the door has the whole rewriter, and this is loaded before each first build.
import { ByteReader } from '../../../runtime/binary/reader.ts'

export const SECTION = {
  custom: 0,
  import: 2,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  code: 10,
  dataCount: 12,
  data: 11,
} as const

export interface Section {
  readonly id: number
  /** Without id and size. */
  readonly content: Uint8Array
}

export interface ModuleExport {
  readonly name: string
  readonly kind: number
  readonly index: number
}

const HEADER_BYTES = 8
const MODULE_HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const encoder = new TextEncoder()

export function readSections(bytes: Uint8Array, start: number = HEADER_BYTES): Section[] {
  const reader = new ByteReader(bytes, start, bytes.length, 'module')
  const sections: Section[] = []
  while (!reader.done) {
    const id = reader.byte()
    sections.push({ id, content: reader.take(reader.u32()) })
  }
  return sections
}

/** The module of `sections`, or with another `header` something else that is made of sections. */
export function writeSections(
  sections: readonly Section[],
  header: ArrayLike<number> = MODULE_HEADER,
): Uint8Array<ArrayBuffer> {
  return concat([
    header,
    ...sections.flatMap(({ id, content }) => [[id, ...unsigned(content.length)], content]),
  ])
}

export function sectionOf(sections: readonly Section[], id: number): Uint8Array {
  return sections.find((section) => section.id === id)?.content ?? new Uint8Array([0])
}

export function withSection(
  sections: readonly Section[],
  id: number,
  content: Uint8Array,
): Section[] {
  return sections.map((section) => (section.id === id ? { id, content } : section))
}

export function readExports(sections: readonly Section[]): ModuleExport[] {
  const content = sectionOf(sections, SECTION.export)
  const reader = new ByteReader(content, 0, content.length, 'export section')
  return reader.vector('exports', () => ({
    name: reader.name(),
    kind: reader.byte(),
    index: reader.u32(),
  }))
}

export function writeExports(exports: readonly ModuleExport[]): Uint8Array<ArrayBuffer> {
  return concat([
    unsigned(exports.length),
    ...exports.flatMap(({ name, kind, index }) => [text(name), [kind, ...unsigned(index)]]),
  ])
}

/** A name: its length and its UTF-8. */
export function text(value: string): Uint8Array<ArrayBuffer> {
  const bytes = encoder.encode(value)
  return concat([unsigned(bytes.length), bytes])
}

/** LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value >>> 0
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return [...bytes, rest]
}

/** LEB128 of a 32-bit integer with its sign. */
export function signed(value: number): number[] {
  const bytes: number[] = []
  let rest = value | 0
  for (; rest < -64 || rest > 63; rest >>= 7) bytes.push((rest & 0x7f) | 0x80)
  return [...bytes, rest & 0x7f]
}

export function concat(parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
