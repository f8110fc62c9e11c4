/** Which numbers fit which kind of integer. @module */

type NumberKind = 's8' | 'u8' | 's16' | 'u16' | 's32' | 'u32'

export type IntegerKind = NumberKind | 's64' | 'u64'

type Range<Value> = readonly [least: Value, most: Value]

/** Of the kinds that are numbers in JavaScript. */
export const NUMBER_RANGES: Readonly<Record<NumberKind, Range<number>>> = {
  s8: [-0x80, 0x7f],
  u8: [0, 0xff],
  s16: [-0x8000, 0x7fff],
  u16: [0, 0xffff],
  s32: [-0x8000_0000, 0x7fff_ffff],
  u32: [0, 0xffff_ffff],
}

const RANGES: Readonly<Record<IntegerKind, Range<number | bigint>>> = {
  ...NUMBER_RANGES,
  s64: [-(2n ** 63n), 2n ** 63n - 1n],
  u64: [0n, 2n ** 64n - 1n],
}

export function fitsInteger(kind: IntegerKind, value: number | bigint): boolean {
  const [least, most] = RANGES[kind]
  return value >= least && value <= most
}
