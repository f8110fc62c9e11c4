/**
 * The rows of vector and atomic instructions in the table of instructions.
 *
 * @module
 */
import { IMMEDIATE } from './immediate.ts'
import type { Row } from './instruction-row.ts'

const { none, memory, lane, memoryLane, bytes16 } = IMMEDIATE

function of(type: string, names: string): string {
  return names.replaceAll(/[^\s-]\S*/g, (name) => `${type}.${name}`)
}

const COMPARE = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'
const COMPARE_FLOATS = 'eq ne lt gt le ge'
const v128 = 'v128'
const i8 = 'i8x16'
const i16 = 'i16x8'
const i32 = 'i32x4'
const i64 = 'i64x2'
const f32 = 'f32x4'
const f64 = 'f64x2'

const SIMD: readonly Row[] = [
  [0xfd000, of(v128, 'load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s'), memory, 1, 1],
  [
    0xfd006,
    of(v128, 'load32x2_u load8_splat load16_splat load32_splat load64_splat'),
    memory,
    1,
    1,
  ],
  [0xfd00b, 'v128.store', memory, 2, 0],
  [0xfd00c, 'v128.const', bytes16, 0, 1],
  [0xfd00d, 'i8x16.shuffle', bytes16, 2, 1],
  [0xfd00e, 'i8x16.swizzle', none, 2, 1],
  [0xfd00f, 'i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat', none, 1, 1],
  [0xfd015, of(i8, 'extract_lane_s extract_lane_u'), lane, 1, 1],
  [0xfd017, 'i8x16.replace_lane', lane, 2, 1],
  [0xfd018, of(i16, 'extract_lane_s extract_lane_u'), lane, 1, 1],
  [0xfd01a, 'i16x8.replace_lane', lane, 2, 1],
  [0xfd01b, 'i32x4.extract_lane', lane, 1, 1],
  [0xfd01c, 'i32x4.replace_lane', lane, 2, 1],
  [0xfd01d, 'i64x2.extract_lane', lane, 1, 1],
  [0xfd01e, 'i64x2.replace_lane', lane, 2, 1],
  [0xfd01f, 'f32x4.extract_lane', lane, 1, 1],
  [0xfd020, 'f32x4.replace_lane', lane, 2, 1],
  [0xfd021, 'f64x2.extract_lane', lane, 1, 1],
  [0xfd022, 'f64x2.replace_lane', lane, 2, 1],
  [0xfd023, of(i8, COMPARE), none, 2, 1],
  [0xfd02d, of(i16, COMPARE), none, 2, 1],
  [0xfd037, of(i32, COMPARE), none, 2, 1],
  [0xfd041, of(f32, COMPARE_FLOATS), none, 2, 1],
  [0xfd047, of(f64, COMPARE_FLOATS), none, 2, 1],
  [0xfd04d, 'v128.not', none, 1, 1],
  [0xfd04e, of(v128, 'and andnot or xor'), none, 2, 1],
  [0xfd052, 'v128.bitselect', none, 3, 1],
  [0xfd053, 'v128.any_true', none, 1, 1],
  [0xfd054, of(v128, 'load8_lane load16_lane load32_lane load64_lane'), memoryLane, 2, 1],
  [0xfd058, of(v128, 'store8_lane store16_lane store32_lane store64_lane'), memoryLane, 2, 0],
  [0xfd05c, of(v128, 'load32_zero load64_zero'), memory, 1, 1],
  [0xfd05e, 'f32x4.demote_f64x2_zero f64x2.promote_low_f32x4', none, 1, 1],
  [0xfd060, of(i8, 'abs neg popcnt all_true bitmask'), none, 1, 1],
  [0xfd065, of(i8, 'narrow_i16x8_s narrow_i16x8_u'), none, 2, 1],
  [0xfd067, of(f32, 'ceil floor trunc nearest'), none, 1, 1],
  [0xfd06b, of(i8, 'shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u'), none, 2, 1],
  [0xfd074, of(f64, 'ceil floor'), none, 1, 1],
  [0xfd076, of(i8, 'min_s min_u max_s max_u'), none, 2, 1],
  [0xfd07a, 'f64x2.trunc', none, 1, 1],
  [0xfd07b, 'i8x16.avgr_u', none, 2, 1],
  [0xfd07c, of(i16, 'extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u'), none, 1, 1],
  [0xfd07e, of(i32, 'extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u'), none, 1, 1],
  [0xfd080, of(i16, 'abs neg'), none, 1, 1],
  [0xfd082, 'i16x8.q15mulr_sat_s', none, 2, 1],
  [0xfd083, of(i16, 'all_true bitmask'), none, 1, 1],
  [0xfd085, of(i16, 'narrow_i32x4_s narrow_i32x4_u'), none, 2, 1],
  [0xfd087, of(i16, 'extend_low_i8x16_s extend_high_i8x16_s'), none, 1, 1],
  [0xfd089, of(i16, 'extend_low_i8x16_u extend_high_i8x16_u'), none, 1, 1],
  [0xfd08b, of(i16, 'shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u'), none, 2, 1],
  [0xfd094, 'f64x2.nearest', none, 1, 1],
  [0xfd095, of(i16, 'mul min_s min_u max_s max_u - avgr_u'), none, 2, 1],
  [0xfd09c, of(i16, 'extmul_low_i8x16_s extmul_high_i8x16_s'), none, 2, 1],
  [0xfd09e, of(i16, 'extmul_low_i8x16_u extmul_high_i8x16_u'), none, 2, 1],
  [0xfd0a0, of(i32, 'abs neg - all_true bitmask'), none, 1, 1],
  [0xfd0a7, of(i32, 'extend_low_i16x8_s extend_high_i16x8_s'), none, 1, 1],
  [0xfd0a9, of(i32, 'extend_low_i16x8_u extend_high_i16x8_u'), none, 1, 1],
  [0xfd0ab, of(i32, 'shl shr_s shr_u add'), none, 2, 1],
  [0xfd0b1, 'i32x4.sub', none, 2, 1],
  [0xfd0b5, of(i32, 'mul min_s min_u max_s max_u dot_i16x8_s'), none, 2, 1],
  [0xfd0bc, of(i32, 'extmul_low_i16x8_s extmul_high_i16x8_s'), none, 2, 1],
  [0xfd0be, of(i32, 'extmul_low_i16x8_u extmul_high_i16x8_u'), none, 2, 1],
  [0xfd0c0, of(i64, 'abs neg - all_true bitmask'), none, 1, 1],
  [0xfd0c7, of(i64, 'extend_low_i32x4_s extend_high_i32x4_s'), none, 1, 1],
  [0xfd0c9, of(i64, 'extend_low_i32x4_u extend_high_i32x4_u'), none, 1, 1],
  [0xfd0cb, of(i64, 'shl shr_s shr_u add'), none, 2, 1],
  [0xfd0d1, of(i64, 'sub - - - mul eq ne lt_s gt_s le_s ge_s'), none, 2, 1],
  [0xfd0dc, of(i64, 'extmul_low_i32x4_s extmul_high_i32x4_s'), none, 2, 1],
  [0xfd0de, of(i64, 'extmul_low_i32x4_u extmul_high_i32x4_u'), none, 2, 1],
  [0xfd0e0, of(f32, 'abs neg - sqrt'), none, 1, 1],
  [0xfd0e4, of(f32, 'add sub mul div min max pmin pmax'), none, 2, 1],
  [0xfd0ec, of(f64, 'abs neg - sqrt'), none, 1, 1],
  [0xfd0f0, of(f64, 'add sub mul div min max pmin pmax'), none, 2, 1],
  [0xfd0f8, of(i32, 'trunc_sat_f32x4_s trunc_sat_f32x4_u'), none, 1, 1],
  [0xfd0fa, of(f32, 'convert_i32x4_s convert_i32x4_u'), none, 1, 1],
  [0xfd0fc, of(i32, 'trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero'), none, 1, 1],
  [0xfd0fe, of(f64, 'convert_low_i32x4_s convert_low_i32x4_u'), none, 1, 1],
]

const RELAXED: readonly Row[] = [
  [0xfd100, 'i8x16.relaxed_swizzle', none, 2, 1],
  [0xfd101, of(i32, 'relaxed_trunc_f32x4_s relaxed_trunc_f32x4_u'), none, 1, 1],
  [0xfd103, of(i32, 'relaxed_trunc_f64x2_s_zero relaxed_trunc_f64x2_u_zero'), none, 1, 1],
  [0xfd105, of(f32, 'relaxed_madd relaxed_nmadd'), none, 3, 1],
  [0xfd107, of(f64, 'relaxed_madd relaxed_nmadd'), none, 3, 1],
  [0xfd109, 'i8x16.relaxed_laneselect i16x8.relaxed_laneselect', none, 3, 1],
  [0xfd10b, 'i32x4.relaxed_laneselect i64x2.relaxed_laneselect', none, 3, 1],
  [0xfd10d, of(f32, 'relaxed_min relaxed_max'), none, 2, 1],
  [0xfd10f, of(f64, 'relaxed_min relaxed_max'), none, 2, 1],
  [0xfd111, of(i16, 'relaxed_q15mulr_s relaxed_dot_i8x16_i7x16_s'), none, 2, 1],
  [0xfd113, 'i32x4.relaxed_dot_i8x16_i7x16_add_s', none, 3, 1],
]

export const VECTOR_ROWS: Readonly<Record<string, readonly Row[]>> = {
  simd: SIMD,
  'relaxed-simd': RELAXED,
}

/** `rmw.add rmw8.add_u …`, as each group of atomic instructions has them. */
function readModifyWrite(name: string): string {
  return [
    `i32.atomic.rmw.${name} i64.atomic.rmw.${name}`,
    `i32.atomic.rmw8.${name}_u i32.atomic.rmw16.${name}_u`,
    `i64.atomic.rmw8.${name}_u i64.atomic.rmw16.${name}_u i64.atomic.rmw32.${name}_u`,
  ].join(' ')
}

export const ATOMIC_ROWS: readonly Row[] = [
  [0xfe000, 'memory.atomic.notify', memory, 2, 1],
  [
    0xfe001,
    'memory.atomic.wait32 memory.atomic.wait64',
    memory,
    3,
    1,
    { verdict: 'traps', why: 'a thread that waits cannot be stopped' },
  ],
  [0xfe003, 'atomic.fence', lane, 0, 0],
  [0xfe010, 'i32.atomic.load i64.atomic.load', memory, 1, 1],
  [0xfe012, 'i32.atomic.load8_u i32.atomic.load16_u', memory, 1, 1],
  [0xfe014, 'i64.atomic.load8_u i64.atomic.load16_u i64.atomic.load32_u', memory, 1, 1],
  [0xfe017, 'i32.atomic.store i64.atomic.store', memory, 2, 0],
  [0xfe019, 'i32.atomic.store8 i32.atomic.store16', memory, 2, 0],
  [0xfe01b, 'i64.atomic.store8 i64.atomic.store16 i64.atomic.store32', memory, 2, 0],
  [0xfe01e, readModifyWrite('add'), memory, 2, 1],
  [0xfe025, readModifyWrite('sub'), memory, 2, 1],
  [0xfe02c, readModifyWrite('and'), memory, 2, 1],
  [0xfe033, readModifyWrite('or'), memory, 2, 1],
  [0xfe03a, readModifyWrite('xor'), memory, 2, 1],
  [0xfe041, readModifyWrite('xchg'), memory, 2, 1],
  [0xfe048, readModifyWrite('cmpxchg'), memory, 3, 1],
]
