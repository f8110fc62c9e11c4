/**
 * Source maps as a host holds them: compressed, in memory that all its threads share. Few are ever read.
 *
 * @module
 */

import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { MAX_MAP_CHARACTERS, readSourceMap, type SourceMapContent } from './source-map-text.ts'

/** A compressed source map. */
export type PackedMap = Uint8Array<SharedArrayBuffer>

/** @throws {MayflyError} ERR_USAGE for text that is too long, or no source map */
export function packMap(text: string): PackedMap {
  const bytes = deflateRawSync(JSON.stringify(readSourceMap(text)))
  const packed = new Uint8Array(new SharedArrayBuffer(bytes.length))
  packed.set(bytes)
  return packed
}

/** Returns the text of the map. */
export function unpackMap(packed: PackedMap): string {
  // A character takes three bytes at most.
  const options = { maxOutputLength: 3 * MAX_MAP_CHARACTERS }
  return inflateRawSync(new Uint8Array(packed), options).toString()
}

/** Returns what the map says. */
export function readPackedMap(packed: PackedMap): SourceMapContent {
  return readSourceMap(unpackMap(packed))
}

/** Whether both say the same, or neither is there. */
export function isSameMap(one: PackedMap | undefined, other: PackedMap | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
