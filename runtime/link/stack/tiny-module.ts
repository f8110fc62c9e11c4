/**
 * Writes the small modules that stand between guests and the linker.
 *
 * @module
 */

import type { FlatType } from '../../abi/index.ts'

/** The codes of value types in the binary format. */
export const VALUE_TYPES: Readonly<Record<FlatType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
}
/** What every module begins with: the magic number and the version. */
export const MAGIC: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** A section with a vector of items. */
export function section(id: number, items: readonly (readonly number[])[]): number[] {
  const content = vector(items)
  return [id, ...leb(content.length), ...content]
}

/** A vector: how many items there are, and the items. */
export function vector(items: readonly (readonly number[])[]): number[] {
  return [...leb(items.length), ...items.flat()]
}

/** A name. ASCII only. */
export function text(value: string): number[] {
  return vector([...value].map((character) => [character.charCodeAt(0)]))
}

/** An unsigned number in LEB128. */
export function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]
}
