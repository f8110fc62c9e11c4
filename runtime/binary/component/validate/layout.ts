/**
 * Size, alignment and core values of value types, as the canonical ABI has them.
 *
 * @module
 */

import { F32, F64, I32, I64, type CoreValueType } from '../core-type.ts'
import type { Layout, ValueKind, ValueType } from './type.ts'

/** More core values than this are passed through memory. */
export const MAX_FLAT = 16

/** A value of 2^28 bytes or more is refused, so that sizes and offsets fit 32 bits everywhere. */
export const MAX_VALUE_BYTES: number = 2 ** 28

/** Sizes are computed for memories with 64-bit addresses, so that validity does not depend on the memory. */
const ADDRESS_BYTES = 8

const SCALARS: Readonly<Partial<Record<ValueKind, readonly [bytes: number, core: CoreValueType]>>> =
  {
    bool: [1, I32],
    s8: [1, I32],
    u8: [1, I32],
    s16: [2, I32],
    u16: [2, I32],
    s32: [4, I32],
    u32: [4, I32],
    s64: [8, I64],
    u64: [8, I64],
    f32: [4, F32],
    f64: [8, F64],
    char: [4, I32],
    own: [4, I32],
    borrow: [4, I32],
    stream: [4, I32],
    future: [4, I32],
    'error-context': [4, I32],
  }

type Parts = Pick<ValueType, 'kind' | 'names' | 'parts' | 'length'>

export function layoutOf({ kind, names, parts, length }: Parts): Layout {
  const scalar = SCALARS[kind]
  if (scalar !== undefined) {
    const [bytes, core] = scalar
    return { bytes, alignment: bytes, flat: [core], points: false }
  }
  const layouts = parts.map((part) => part?.layout)
  switch (kind) {
    case 'record':
    case 'tuple':
      return sequence(layouts)
    case 'flags': {
      const bytes = names.length <= 8 ? 1 : names.length <= 16 ? 2 : 4
      return { bytes, alignment: bytes, flat: [I32], points: false }
    }
    case 'enum':
      return choice(names.map(() => undefined))
    case 'option':
      return choice([undefined, ...layouts])
    case 'variant':
    case 'result':
      return choice(layouts)
    case 'list':
      if (length !== undefined) return repeated(layouts[0], length)
  }
  return { bytes: 2 * ADDRESS_BYTES, alignment: ADDRESS_BYTES, flat: [I32, I32], points: true }
}

/** Returns the core values of several values in a row; `undefined` when they are more than `limit`. */
export function flatten(
  layouts: readonly (Layout | undefined)[],
  limit: number = MAX_FLAT,
): readonly CoreValueType[] | undefined {
  const flat: CoreValueType[] = []
  for (const layout of layouts) {
    if (layout === undefined) continue
    if (layout.flat === undefined || flat.length + layout.flat.length > limit) return undefined
    flat.push(...layout.flat)
  }
  return flat
}

function sequence(layouts: readonly (Layout | undefined)[]): Layout {
  let bytes = 0
  let alignment = 1
  for (const layout of layouts) {
    if (layout === undefined) continue
    bytes = align(bytes, layout.alignment) + layout.bytes
    alignment = Math.max(alignment, layout.alignment)
  }
  return {
    bytes: align(bytes, alignment),
    alignment,
    flat: flatten(layouts),
    points: layouts.some((layout) => layout?.points),
  }
}

function choice(cases: readonly (Layout | undefined)[]): Layout {
  const discriminant = cases.length <= 256 ? 1 : cases.length <= 65_536 ? 2 : 4
  let payload = 0
  let payloadAlignment = 1
  for (const layout of cases) {
    if (layout === undefined) continue
    payload = Math.max(payload, layout.bytes)
    payloadAlignment = Math.max(payloadAlignment, layout.alignment)
  }
  const alignment = Math.max(discriminant, payloadAlignment)
  return {
    bytes: align(align(discriminant, payloadAlignment) + payload, alignment),
    alignment,
    flat: flattenCases(cases),
    points: cases.some((layout) => layout?.points),
  }
}

/** Cases share their core values. Each shared value has a type that can carry the value of every case. */
function flattenCases(cases: readonly (Layout | undefined)[]): readonly number[] | undefined {
  const flat: CoreValueType[] = [I32]
  for (const layout of cases) {
    if (layout === undefined) continue
    if (layout.flat === undefined) return undefined
    for (const [i, core] of layout.flat.entries()) flat[i + 1] = join(flat[i + 1] ?? core, core)
  }
  return flat.length > MAX_FLAT ? undefined : flat
}

function join(a: CoreValueType, b: CoreValueType): CoreValueType {
  if (a === b) return a
  return (a === I32 && b === F32) || (a === F32 && b === I32) ? I32 : I64
}

function repeated(element: Layout | undefined, length: number): Layout {
  if (element === undefined) return { bytes: 0, alignment: 1, flat: [], points: false }
  const { bytes, alignment, flat, points } = element
  const isShort = flat !== undefined && flat.length * length <= MAX_FLAT
  return {
    bytes: bytes * length,
    alignment,
    flat: isShort ? Array.from({ length }, () => flat).flat() : undefined,
    points,
  }
}

function align(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment
}
