/**
 * Gives a module for WASI 0.1 the export that the adapter uses to allocate in the module's memory.
 *
 * Without `cabi_realloc` the adapter grows the memory for itself. The `malloc` of wasi-libc before 2023, which
 * Debian 12 and older compilers of Rust bring, claims all existing memory at its first call. When it reaches the
 * memory of the adapter, both write to it, and the program ends in "assertion failed at adapter line …". So the
 * adapter gets its memory from that `malloc`.
 *
 * @module
 */
import { ByteReader } from '../../runtime/binary/index.ts'
import {
  concat,
  readExports,
  readSections,
  SECTION,
  sectionOf,
  text,
  unsigned,
  withSection,
  writeExports,
  writeSections,
  type Section,
} from './quickjs/sections.ts'

const TYPE_SECTION = 1
const FUNCTION_SECTION = 3
const CODE_SECTION = 10

const FUNCTION_KIND = 0
const FUNCTION_TYPE = 0x60
const I32 = 0x7f
const FUNCTION_NAMES = 1
const REALLOC = 'cabi_realloc'
// From size to pointer.
const MALLOC_TYPE = '60,1,7f,1,7f'
const REALLOC_TYPE = [FUNCTION_TYPE, 4, I32, I32, I32, I32, 1, I32]

/** Returns `module` itself when it has the export, or no `malloc` that is exported or named. */
export function withRealloc(module: Uint8Array): Uint8Array {
  const sections = readSections(module)
  const exports = readExports(sections)
  if (exports.some(({ name }) => name === REALLOC)) return module
  const malloc =
    exports.find(({ name, kind }) => name === 'malloc' && kind === FUNCTION_KIND)?.index ??
    namedFunction(sections, 'malloc')
  const types = typesOf(sections)
  if (malloc === undefined || types === undefined) return module
  const declared = indicesOf(sections)
  const imported = importedFunctions(sections)
  const type = types[declared[malloc - imported] ?? -1]
  if (type === undefined || [...type].map((byte) => byte.toString(16)).join() !== MALLOC_TYPE)
    return module
  const index = imported + declared.length
  const changed: readonly (readonly [number, Uint8Array])[] = [
    [TYPE_SECTION, appended(sections, TYPE_SECTION, REALLOC_TYPE)],
    [FUNCTION_SECTION, appended(sections, FUNCTION_SECTION, unsigned(types.length))],
    [CODE_SECTION, appended(sections, CODE_SECTION, reallocBody(malloc))],
    [SECTION.export, writeExports([...exports, { name: REALLOC, kind: FUNCTION_KIND, index }])],
  ]
  return writeSections(
    changed.reduce((all, [id, content]) => withSection(all, id, content), sections),
  )
}

/** Allocates, and traps when asked to grow something: the adapter never does. */
function reallocBody(malloc: number): number[] {
  const [LOCAL_GET, IF, UNREACHABLE, END, CALL, EMPTY] = [0x20, 0x04, 0x00, 0x0b, 0x10, 0x40]
  const code = [
    LOCAL_GET,
    0,
    IF,
    EMPTY,
    UNREACHABLE,
    END,
    LOCAL_GET,
    3,
    CALL,
    ...unsigned(malloc),
    END,
  ]
  return [...unsigned(code.length + 1), 0, ...code]
}

function appended(
  sections: readonly Section[],
  id: number,
  item: readonly number[],
): Uint8Array<ArrayBuffer> {
  const content = sectionOf(sections, id)
  const reader = new ByteReader(content, 0, content.length, 'section')
  const count = reader.u32()
  return concat([unsigned(count + 1), reader.take(reader.remaining), item])
}

/** Returns the bytes of each type; `undefined` when a type is not a function type. */
function typesOf(sections: readonly Section[]): Uint8Array[] | undefined {
  const content = sectionOf(sections, TYPE_SECTION)
  const reader = new ByteReader(content, 0, content.length, 'type section')
  const types: Uint8Array[] = []
  for (let left = reader.u32(); left > 0; left--) {
    const start = reader.offset
    if (reader.byte() !== FUNCTION_TYPE) return undefined
    // Value types of one byte: a reference to a type would have more, and no such module is adapted.
    reader.skip(reader.u32())
    reader.skip(reader.u32())
    types.push(content.subarray(start, reader.offset))
  }
  return types
}

function indicesOf(sections: readonly Section[]): number[] {
  const content = sectionOf(sections, FUNCTION_SECTION)
  const reader = new ByteReader(content, 0, content.length, 'function section')
  return reader.vector('functions', () => reader.u32())
}

function importedFunctions(sections: readonly Section[]): number {
  const bytes = writeSections(
    sections.filter(({ id }) => id === TYPE_SECTION || id === SECTION.import),
  )
  const module = new WebAssembly.Module(bytes)
  return WebAssembly.Module.imports(module).filter(({ kind }) => kind === 'function').length
}

/** The index of the function that the section of names for debuggers calls `wanted`. */
function namedFunction(sections: readonly Section[], wanted: string): number | undefined {
  const heading = text('name')
  const names = sections.find(
    ({ id, content }) =>
      id === SECTION.custom && heading.every((byte, index) => content[index] === byte),
  )
  if (names === undefined) return undefined
  try {
    const { content } = names
    const reader = new ByteReader(content, heading.length, content.length, 'names')
    while (!reader.done) {
      const isFunctions = reader.byte() === FUNCTION_NAMES
      const size = reader.u32()
      if (!isFunctions) {
        reader.skip(size)
        continue
      }
      for (let left = reader.u32(); left > 0; left--) {
        const index = reader.u32()
        if (reader.name() === wanted) return index
      }
      return undefined
    }
  } catch {
    // The engine does not check the name section, so a section that cannot be read counts as empty.
  }
  return undefined
}
