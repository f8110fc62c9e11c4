/**
 * Takes names of variables out of bytecode: the engine needs them to compile only, and keeps each as an object of its own.
 *
 * A bundle has hundreds of variables at its top level, each with another name. Bytecode names things by numbers in a table of
 * names at its beginning, and finds variables by their places. So all entries that name nothing but variables become one name.
 *
 * @module
 */
import { ByteReader } from '../../../runtime/binary/reader.ts'
import { concat, unsigned } from './sections.ts'

/** What esbuild's minifier calls variables. Longer names are those of others. */
const SHORT = /(?<![\w$#.])[A-Za-z_$][\w$]{0,2}(?![\w$])/g
/** The same as a property, written as such or in quotes. */
const SHORT_PROPERTY = /^.{1,3}$/
/** A whole text, or a part of a template. */
const SHORT_TEXT = /(?<=["'`}])[A-Za-z_$][\w$]{0,2}(?=["'`$])/g
const EXPORTED = /\bas ([A-Za-z_$][\w$]{0,2})(?![\w$])/g

/**
 * Returns the names that are variables in `source`, and nothing else there: no property, text, export or global.
 *
 * @param source - a module that esbuild has minified
 */
export async function localNames(source: string): Promise<string[]> {
  const { transform } = await import('esbuild')
  // The bundler lists the properties that it could rename: only a parser tells them from variables.
  const { mangleCache = {} } = await transform(source, {
    format: 'esm',
    target: 'es2023',
    mangleProps: SHORT_PROPERTY,
    mangleQuoted: true,
    mangleCache: {},
  })
  const others = new Set([
    ...Object.keys(mangleCache),
    ...(source.match(SHORT_TEXT) ?? []),
    ...Array.from(source.matchAll(EXPORTED), ([, name = '']) => name),
  ])
  return [...new Set(source.match(SHORT))].filter(
    (name) => !others.has(name) && !(name in globalThis),
  )
}

// Where JS_WriteObjectAtoms of quickjs.c writes them: a version, a checksum, a count, entries.
const CHECKSUM_AT = 1
const CHECKSUM_BYTES = 4
/** The checksum that the engine does not compare. */
const NO_CHECKSUM = [0xff, 0xff, 0xff, 0xff]
/** Types of an entry: a name of the engine's own, by its number, and a text. Behind the other types are texts as well. */
const OWN_ATOM = 0
const OWN_ATOM_BYTES = 4
const STRING_ATOM = 1
/** The entry of the name "v": its type, the double of its length, its letter. */
const ONE_NAME = [STRING_ATOM, 2, 0x76]
const decoder = new TextDecoder('latin1')

/** Returns `bytecode` with one name for all of `names`. */
export function withOneName(
  bytecode: Uint8Array,
  names: readonly string[],
): Uint8Array<ArrayBuffer> {
  const merged = new Set(names)
  const reader = new ByteReader(bytecode, 0, bytecode.length, 'bytecode')
  reader.skip(CHECKSUM_AT + CHECKSUM_BYTES)
  const entries = reader.vector('names', () => {
    const start = reader.offset
    if (reader.byte() === OWN_ATOM) reader.skip(OWN_ATOM_BYTES)
    else {
      const length = reader.u32()
      const content = reader.offset
      const isWide = (length & 1) === 1
      reader.skip((length >> 1) << (isWide ? 1 : 0))
      const isText = bytecode[start] === STRING_ATOM && !isWide
      const text = isText ? decoder.decode(bytecode.subarray(content, reader.offset)) : ''
      if (merged.has(text)) return ONE_NAME
    }
    return bytecode.subarray(start, reader.offset)
  })
  return concat([
    bytecode.subarray(0, CHECKSUM_AT),
    NO_CHECKSUM,
    unsigned(entries.length),
    ...entries,
    bytecode.subarray(reader.offset),
  ])
}
