/**
 * Numbers, booleans and characters.
 *
 * Each kind has four functions, written out. Functions made from a table would call the entries of the table. V8 does
 * not inline such calls, and a record of eight scalars would cost twice as much.
 *
 * @module
 */

import type { Codec, FlatType } from './codec.ts'
import { mismatch, trap } from './trap.ts'
import type { PrimitiveKind } from './types.ts'

export type ScalarKind = Exclude<PrimitiveKind, 'string'>

const MAX_CHAR = 0x10ffff

export function scalarCodec(kind: ScalarKind): Codec {
  return SCALARS[kind]
}

// Core values have the type their flat type says, hence the casts: `number` for all but i64.
const SCALARS: Readonly<Record<ScalarKind, Codec>> = {
  bool: scalar(1, 'i32', {
    load: ({ memory: { view } }, pointer) => view.getUint8(pointer) !== 0,
    store: ({ memory: { view } }, pointer, value) => view.setUint8(pointer, bool(value)),
    lift: (_context, flat, at) => flat[at] !== 0,
    lower: (_context, value, flat, at) => void (flat[at] = bool(value)),
  }),
  u8: scalar(1, 'i32', {
    load: ({ memory: { view } }, pointer) => view.getUint8(pointer),
    store: ({ memory: { view } }, pointer, value) => view.setUint8(pointer, u8(value)),
    lift: (_context, flat, at) => (flat[at] as number) & 0xff,
    lower: (_context, value, flat, at) => void (flat[at] = u8(value)),
  }),
  s8: scalar(1, 'i32', {
    load: ({ memory: { view } }, pointer) => view.getInt8(pointer),
    store: ({ memory: { view } }, pointer, value) => view.setInt8(pointer, s8(value)),
    lift: (_context, flat, at) => ((flat[at] as number) << 24) >> 24,
    lower: (_context, value, flat, at) => void (flat[at] = s8(value)),
  }),
  u16: scalar(2, 'i32', {
    load: ({ memory: { view } }, pointer) => view.getUint16(pointer, true),
    store: ({ memory: { view } }, pointer, value) => view.setUint16(pointer, u16(value), true),
    lift: (_context, flat, at) => (flat[at] as number) & 0xffff,
    lower: (_context, value, flat, at) => void (flat[at] = u16(value)),
  }),
  s16: scalar(2, 'i32', {
    load: ({ memory: { view } }, pointer) => view.getInt16(pointer, true),
    store: ({ memory: { view } }, pointer, value) => view.setInt16(pointer, s16(value), true),
    lift: (_context, flat, at) => ((flat[at] as number) << 16) >> 16,
    lower: (_context, value, flat, at) => void (flat[at] = s16(value)),
  }),
  u32: scalar(4, 'i32', {
    load: ({ memory: { view } }, pointer) => view.getUint32(pointer, true),
    store: ({ memory: { view } }, pointer, value) => view.setUint32(pointer, u32(value), true),
    lift: (_context, flat, at) => (flat[at] as number) >>> 0,
    lower: (_context, value, flat, at) => void (flat[at] = u32(value)),
  }),
  s32: scalar(4, 'i32', {
    load: ({ memory: { view } }, pointer) => view.getInt32(pointer, true),
    store: ({ memory: { view } }, pointer, value) => view.setInt32(pointer, s32(value), true),
    lift: (_context, flat, at) => (flat[at] as number) | 0,
    lower: (_context, value, flat, at) => void (flat[at] = s32(value)),
  }),
  u64: scalar(8, 'i64', {
    load: ({ memory: { view } }, pointer) => view.getBigUint64(pointer, true),
    store: ({ memory: { view } }, pointer, value) => view.setBigUint64(pointer, u64(value), true),
    lift: (_context, flat, at) => BigInt.asUintN(64, flat[at] as bigint),
    lower: (_context, value, flat, at) => void (flat[at] = u64(value)),
  }),
  s64: scalar(8, 'i64', {
    load: ({ memory: { view } }, pointer) => view.getBigInt64(pointer, true),
    store: ({ memory: { view } }, pointer, value) => view.setBigInt64(pointer, s64(value), true),
    lift: (_context, flat, at) => BigInt.asIntN(64, flat[at] as bigint),
    lower: (_context, value, flat, at) => void (flat[at] = s64(value)),
  }),
  f32: scalar(4, 'f32', {
    load: ({ memory: { view } }, pointer) => view.getFloat32(pointer, true),
    store: ({ memory: { view } }, pointer, value) => view.setFloat32(pointer, f32(value), true),
    lift: (_context, flat, at) => flat[at],
    lower: (_context, value, flat, at) => void (flat[at] = f32(value)),
  }),
  f64: scalar(8, 'f64', {
    load: ({ memory: { view } }, pointer) => view.getFloat64(pointer, true),
    store: ({ memory: { view } }, pointer, value) => view.setFloat64(pointer, f64(value), true),
    lift: (_context, flat, at) => flat[at],
    lower: (_context, value, flat, at) => void (flat[at] = f64(value)),
  }),
  char: scalar(4, 'i32', {
    load: ({ memory: { view } }, pointer) => decodeChar(view.getUint32(pointer, true)),
    store: ({ memory: { view } }, pointer, value) =>
      view.setUint32(pointer, encodeChar(value), true),
    lift: (_context, flat, at) => decodeChar((flat[at] as number) >>> 0),
    lower: (_context, value, flat, at) => void (flat[at] = encodeChar(value)),
  }),
}

function scalar(
  size: 1 | 2 | 4 | 8,
  flat: FlatType,
  functions: Pick<Codec, 'load' | 'store' | 'lift' | 'lower'>,
): Codec {
  return { size, alignment: size, flat: [flat], borrows: false, ...functions }
}

// Each returns the core value, or throws a mismatch.

function bool(value: unknown): number {
  return typeof value === 'boolean' ? +value : mismatch('bool', value)
}

function u8(value: unknown): number {
  return typeof value === 'number' && (value & 0xff) === value ? value : mismatch('u8', value)
}

function s8(value: unknown): number {
  return typeof value === 'number' && (value << 24) >> 24 === value ? value : mismatch('s8', value)
}

function u16(value: unknown): number {
  return typeof value === 'number' && (value & 0xffff) === value ? value : mismatch('u16', value)
}

function s16(value: unknown): number {
  return typeof value === 'number' && (value << 16) >> 16 === value ? value : mismatch('s16', value)
}

function u32(value: unknown): number {
  return typeof value === 'number' && value >>> 0 === value ? value : mismatch('u32', value)
}

function s32(value: unknown): number {
  return typeof value === 'number' && (value | 0) === value ? value : mismatch('s32', value)
}

function u64(value: unknown): bigint {
  return typeof value === 'bigint' && BigInt.asUintN(64, value) === value
    ? value
    : mismatch('u64', value)
}

function s64(value: unknown): bigint {
  return typeof value === 'bigint' && BigInt.asIntN(64, value) === value
    ? value
    : mismatch('s64', value)
}

function f32(value: unknown): number {
  return typeof value === 'number' ? Math.fround(value) : mismatch('f32', value)
}

function f64(value: unknown): number {
  return typeof value === 'number' ? value : mismatch('f64', value)
}

function decodeChar(point: number): string {
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
