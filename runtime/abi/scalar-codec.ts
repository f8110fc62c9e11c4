/**
 * Numbers, booleans and characters.
 *
 * @module
 */

import type { Codec, FlatType, FlatValue } from './codec.ts'
import type { PrimitiveKind } from './types.ts'
import { mismatch, trap } from './trap.ts'

export type ScalarKind = Exclude<PrimitiveKind, 'string'>

/** One row of the table below. `decode` takes what `get` or a core function gave. */
interface Scalar {
  readonly size: 1 | 2 | 4 | 8
  readonly flat: FlatType
  readonly get: (view: DataView, pointer: number) => FlatValue
  readonly set: (view: DataView, pointer: number, value: FlatValue) => void
  readonly decode: (core: FlatValue) => unknown
  /** Returns the core value, or throws a mismatch. */
  readonly encode: (value: unknown) => FlatValue
}

const MAX_CHAR = 0x10ffff

// Core values have the type their flat type says, hence the casts: `number` for all but i64.
const get8: Scalar['get'] = (view, pointer) => view.getUint8(pointer)
const get16: Scalar['get'] = (view, pointer) => view.getUint16(pointer, true)
const get32: Scalar['get'] = (view, pointer) => view.getInt32(pointer, true)
const get64: Scalar['get'] = (view, pointer) => view.getBigInt64(pointer, true)
const set8: Scalar['set'] = (view, pointer, value) => view.setUint8(pointer, value as number)
const set16: Scalar['set'] = (view, pointer, value) =>
  view.setUint16(pointer, value as number, true)
const set32: Scalar['set'] = (view, pointer, value) =>
  view.setUint32(pointer, value as number, true)
const set64: Scalar['set'] = (view, pointer, value) =>
  view.setBigInt64(pointer, value as bigint, true)
const as8 = { size: 1, flat: 'i32', get: get8, set: set8 } as const
const as16 = { size: 2, flat: 'i32', get: get16, set: set16 } as const
const as32 = { size: 4, flat: 'i32', get: get32, set: set32 } as const
const as64 = { size: 8, flat: 'i64', get: get64, set: set64 } as const

const SCALARS: Readonly<Record<ScalarKind, Scalar>> = {
  bool: {
    ...as8,
    decode: (core) => core !== 0,
    encode: (value) => (typeof value === 'boolean' ? +value : mismatch('bool', value)),
  },
  u8: {
    ...as8,
    decode: (core) => (core as number) & 0xff,
    encode: (value) =>
      typeof value === 'number' && (value & 0xff) === value ? value : mismatch('u8', value),
  },
  s8: {
    ...as8,
    decode: (core) => ((core as number) << 24) >> 24,
    encode: (value) =>
      typeof value === 'number' && (value << 24) >> 24 === value ? value : mismatch('s8', value),
  },
  u16: {
    ...as16,
    decode: (core) => (core as number) & 0xffff,
    encode: (value) =>
      typeof value === 'number' && (value & 0xffff) === value ? value : mismatch('u16', value),
  },
  s16: {
    ...as16,
    decode: (core) => ((core as number) << 16) >> 16,
    encode: (value) =>
      typeof value === 'number' && (value << 16) >> 16 === value ? value : mismatch('s16', value),
  },
  u32: {
    ...as32,
    decode: (core) => (core as number) >>> 0,
    encode: (value) =>
      typeof value === 'number' && value >>> 0 === value ? value : mismatch('u32', value),
  },
  s32: {
    ...as32,
    decode: (core) => (core as number) | 0,
    encode: (value) =>
      typeof value === 'number' && (value | 0) === value ? value : mismatch('s32', value),
  },
  u64: {
    ...as64,
    decode: (core) => BigInt.asUintN(64, core as bigint),
    encode: (value) =>
      typeof value === 'bigint' && BigInt.asUintN(64, value) === value
        ? value
        : mismatch('u64', value),
  },
  s64: {
    ...as64,
    decode: (core) => BigInt.asIntN(64, core as bigint),
    encode: (value) =>
      typeof value === 'bigint' && BigInt.asIntN(64, value) === value
        ? value
        : mismatch('s64', value),
  },
  f32: {
    size: 4,
    flat: 'f32',
    get: (view, pointer) => view.getFloat32(pointer, true),
    set: (view, pointer, value) => view.setFloat32(pointer, value as number, true),
    decode: (core) => core,
    encode: (value) => (typeof value === 'number' ? Math.fround(value) : mismatch('f32', value)),
  },
  f64: {
    size: 8,
    flat: 'f64',
    get: (view, pointer) => view.getFloat64(pointer, true),
    set: (view, pointer, value) => view.setFloat64(pointer, value as number, true),
    decode: (core) => core,
    encode: (value) => (typeof value === 'number' ? value : mismatch('f64', value)),
  },
  char: { ...as32, decode: decodeChar, encode: encodeChar },
}

export function scalarCodec(kind: ScalarKind): Codec {
  const { size, flat, get, set, decode, encode } = SCALARS[kind]
  return {
    size,
    alignment: size,
    flat: [flat],
    borrows: false,
    load: (context, pointer) => decode(get(context.memory.view, pointer)),
    store: (context, pointer, value) => set(context.memory.view, pointer, encode(value)),
    lift: (_context, values, at) => decode(values[at] as FlatValue), // The signature says how many there are
    lower: (_context, value, values, at) => {
      values[at] = encode(value)
    },
  }
}

function decodeChar(core: FlatValue): string {
  const point = (core as number) >>> 0
  if (point > MAX_CHAR || (point >= 0xd800 && point <= 0xdfff)) {
    trap(`Cannot lift char: ${point} is no Unicode scalar value`)
  }
  return String.fromCodePoint(point)
}

function encodeChar(value: unknown): number {
  const point = typeof value === 'string' ? value.codePointAt(0) : undefined
  if (
    point === undefined ||
    (point >= 0xd800 && point <= 0xdfff) ||
    (value as string).length !== (point > 0xffff ? 2 : 1) // A string: its code point was read
  ) {
    mismatch('char', value)
  }
  return point
}
