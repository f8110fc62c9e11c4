/**
 * The instructions of WebAssembly: name and encoding of each, and whether a guest may use it.
 *
 * The table is an allow list. An instruction that is not here is refused, even if the engine knows it, so an update of
 * the engine opens nothing. Every instruction costs fuel; `charged` names its cost beyond one step.
 *
 * Longer than other files: it is one table.
 *
 * Instructions behind a prefix byte have the code `prefix << 12 | sub`, such as `0xfc00b` for `memory.fill`.
 *
 * @module
 */
import { IMMEDIATE, VARIES } from './immediate.ts'
import type { Charge, Row, Rule } from './instruction-row.ts'
import { ATOMIC_ROWS, VECTOR_ROWS } from './vector-instructions.ts'

/** Parts of WebAssembly that a guest may use only where its manifest and its host allow them. */
export const FEATURES = ['gc', 'shared-memory'] as const
export type Feature = (typeof FEATURES)[number]

export interface Instruction {
  readonly opcode: number
  readonly name: string
  /** The proposal that added it; `core` for the instructions of the first version. */
  readonly proposal: string
  readonly immediate: number
  readonly taken: number
  readonly left: number
  readonly rule: Rule
}

const { none, block, label, index, twoIndexes, memory, heapType } = IMMEDIATE
const ALLOWED: Rule = { verdict: 'allowed' }

function charged(...by: readonly Charge[]): Rule {
  return { verdict: 'charged', by }
}

const UNFINISHED: Rule = {
  verdict: 'refused',
  why: 'it is of a proposal that is no part of WebAssembly yet',
}
// Their immediates are not read, because no code after them is read.
const { unknown } = IMMEDIATE

/** `eq ne` as `i32.eq i32.ne`. */
function of(type: string, names: string): string {
  return names.replaceAll(/[^\s-]\S*/g, (name) => `${type}.${name}`)
}

const COMPARE = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'
const COMPARE_FLOATS = 'eq ne lt gt le ge'
const INTEGERS = 'add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr'

const CORE: readonly Row[] = [
  [0x00, 'unreachable', none, VARIES, 0],
  [0x01, 'nop', none, 0, 0],
  [0x02, 'block loop if', block, VARIES, 0],
  [0x05, 'else', none, VARIES, 0],
  [0x0b, 'end', none, VARIES, 0],
  [0x0c, 'br br_if', label, VARIES, 0],
  [0x0e, 'br_table', IMMEDIATE.labels, VARIES, 0],
  [0x0f, 'return', none, VARIES, 0],
  [0x10, 'call', index, VARIES, 0],
  [0x11, 'call_indirect', twoIndexes, VARIES, 0],
  [0x1a, 'drop', none, 1, 0],
  [0x1b, 'select', none, 3, 1],
  [0x20, 'local.get local.set local.tee', index, VARIES, 0],
  [0x23, 'global.get', index, 0, 1],
  [0x24, 'global.set', index, 1, 0],
  [0x28, of('i32', 'load'), memory, 1, 1],
  [0x29, of('i64', 'load'), memory, 1, 1],
  [0x2a, 'f32.load f64.load', memory, 1, 1],
  [0x2c, of('i32', 'load8_s load8_u load16_s load16_u'), memory, 1, 1],
  [0x30, of('i64', 'load8_s load8_u load16_s load16_u load32_s load32_u'), memory, 1, 1],
  [0x36, 'i32.store i64.store f32.store f64.store', memory, 2, 0],
  [0x3a, 'i32.store8 i32.store16 i64.store8 i64.store16 i64.store32', memory, 2, 0],
  [0x3f, 'memory.size', index, 0, 1],
  [0x40, 'memory.grow', index, 1, 1, charged('memory')],
  [0x41, 'i32.const', IMMEDIATE.i32, 0, 1],
  [0x42, 'i64.const', IMMEDIATE.i64, 0, 1],
  [0x43, 'f32.const', IMMEDIATE.f32, 0, 1],
  [0x44, 'f64.const', IMMEDIATE.f64, 0, 1],
  [0x45, 'i32.eqz', none, 1, 1],
  [0x46, of('i32', COMPARE), none, 2, 1],
  [0x50, 'i64.eqz', none, 1, 1],
  [0x51, of('i64', COMPARE), none, 2, 1],
  [0x5b, of('f32', COMPARE_FLOATS), none, 2, 1],
  [0x61, of('f64', COMPARE_FLOATS), none, 2, 1],
  [0x67, of('i32', 'clz ctz popcnt'), none, 1, 1],
  [0x6a, of('i32', INTEGERS), none, 2, 1],
  [0x79, of('i64', 'clz ctz popcnt'), none, 1, 1],
  [0x7c, of('i64', INTEGERS), none, 2, 1],
  [0x8b, of('f32', 'abs neg ceil floor trunc nearest sqrt'), none, 1, 1],
  [0x92, of('f32', 'add sub mul div min max copysign'), none, 2, 1],
  [0x99, of('f64', 'abs neg ceil floor trunc nearest sqrt'), none, 1, 1],
  [0xa0, of('f64', 'add sub mul div min max copysign'), none, 2, 1],
  [0xa7, of('i32', 'wrap_i64 trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u'), none, 1, 1],
  [0xac, of('i64', 'extend_i32_s extend_i32_u'), none, 1, 1],
  [0xae, of('i64', 'trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u'), none, 1, 1],
  [0xb2, of('f32', 'convert_i32_s convert_i32_u convert_i64_s convert_i64_u'), none, 1, 1],
  [0xb6, 'f32.demote_f64', none, 1, 1],
  [0xb7, of('f64', 'convert_i32_s convert_i32_u convert_i64_s convert_i64_u'), none, 1, 1],
  [0xbb, 'f64.promote_f32', none, 1, 1],
  [0xbc, 'i32.reinterpret_f32 i64.reinterpret_f64', none, 1, 1],
  [0xbe, 'f32.reinterpret_i32 f64.reinterpret_i64', none, 1, 1],
]

const BULK_MEMORY: readonly Row[] = [
  [0xfc008, 'memory.init', twoIndexes, 3, 0, charged('length')],
  [0xfc009, 'data.drop', index, 0, 0],
  [0xfc00a, 'memory.copy', twoIndexes, 3, 0, charged('length')],
  [0xfc00b, 'memory.fill', index, 3, 0, charged('length')],
  [0xfc00c, 'table.init', twoIndexes, 3, 0, charged('length')],
  [0xfc00d, 'elem.drop', index, 0, 0],
  [0xfc00e, 'table.copy', twoIndexes, 3, 0, charged('length')],
]

const REFERENCES: readonly Row[] = [
  [0x1c, 'select_typed', IMMEDIATE.types, 3, 1],
  [0x25, 'table.get', index, 1, 1],
  [0x26, 'table.set', index, 2, 0],
  [0xd0, 'ref.null', heapType, 0, 1],
  [0xd1, 'ref.is_null', none, 1, 1],
  [0xd2, 'ref.func', index, 0, 1],
  [0xfc00f, 'table.grow', index, 2, 1, charged('memory', 'length')],
  [0xfc010, 'table.size', index, 0, 1],
  [0xfc011, 'table.fill', index, 3, 0, charged('length')],
]

const TYPED_FUNCTIONS: readonly Row[] = [
  [0x14, 'call_ref', index, VARIES, 0],
  [0x15, 'return_call_ref', index, VARIES, 0],
  [0xd4, 'ref.as_non_null', none, 1, 1],
  [0xd5, 'br_on_null br_on_non_null', label, VARIES, 0],
]

// References to exceptions are bounded by where they may be: see exception-frames.ts.
const EXCEPTIONS: readonly Row[] = [
  [0x08, 'throw', index, VARIES, 0, charged('memory', 'values')],
  [0x0a, 'throw_ref', none, VARIES, 0, charged('values')],
  [0x1f, 'try_table', IMMEDIATE.tryTable, VARIES, 0],
]

const LEGACY_EXCEPTIONS: readonly Row[] = [
  [0x06, 'try', block, VARIES, 0],
  [0x07, 'catch', index, VARIES, 0],
  [0x09, 'rethrow', label, VARIES, 0, charged('values')],
  [0x18, 'delegate', label, VARIES, 0],
  [0x19, 'catch_all', none, VARIES, 0],
]

// An instruction that makes an object names a struct or array type, and only the feature "gc" allows these types.
const GARBAGE_COLLECTION: readonly Row[] = [
  [0xd3, 'ref.eq', none, 2, 1],
  [0xfb000, 'struct.new struct.new_default', index, VARIES, 0, charged('memory', 'size')],
  [0xfb002, of('struct', 'get get_s get_u set'), twoIndexes, VARIES, 0],
  [0xfb006, 'array.new array.new_default', index, VARIES, 0, charged('memory', 'size')],
  [0xfb008, 'array.new_fixed array.new_data', twoIndexes, VARIES, 0, charged('memory', 'size')],
  [0xfb00a, 'array.new_elem', twoIndexes, VARIES, 0, charged('memory', 'size')],
  [0xfb00b, of('array', 'get get_s get_u set'), index, VARIES, 0],
  [0xfb00f, 'array.len', none, VARIES, 0],
  [0xfb010, 'array.fill', index, VARIES, 0, charged('length')],
  [0xfb011, of('array', 'copy init_data init_elem'), twoIndexes, VARIES, 0, charged('length')],
  [0xfb014, 'ref.test ref.test_null ref.cast ref.cast_null', heapType, VARIES, 0],
  [0xfb018, 'br_on_cast br_on_cast_fail', IMMEDIATE.castBranch, VARIES, 0],
  [0xfb01a, 'any.convert_extern extern.convert_any', none, VARIES, 0],
  [0xfb01c, 'ref.i31 i31.get_s i31.get_u', none, VARIES, 0],
]

const SIGN_EXTENSION: readonly Row[] = [
  [0xc0, of('i32', 'extend8_s extend16_s'), none, 1, 1],
  [0xc2, of('i64', 'extend8_s extend16_s extend32_s'), none, 1, 1],
]

const TRUNCATIONS = 'trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u'
const SATURATING: readonly Row[] = [
  [0xfc000, of('i32', TRUNCATIONS), none, 1, 1],
  [0xfc004, of('i64', TRUNCATIONS), none, 1, 1],
]

const TAIL_CALLS: readonly Row[] = [
  [0x12, 'return_call', index, VARIES, 0],
  [0x13, 'return_call_indirect', twoIndexes, VARIES, 0],
]

const REFUSED: Readonly<Record<string, readonly Row[]>> = {
  'stack-switching': [
    [0xe0, 'cont.new cont.bind suspend resume resume_throw resume_throw_ref switch', unknown, 0, 0],
  ],
  stringref: [[0xfb080, 'string.new_utf8 string.new_wtf16 string.const', unknown, 0, 0]],
  'custom-descriptors': [
    [0xfb020, 'struct.new_desc struct.new_default_desc ref.get_desc', unknown, 0, 0],
    [0xfb023, 'ref.cast_desc_eq ref.cast_desc_eq_null', unknown, 0, 0],
    [0xfb025, 'br_on_cast_desc_eq br_on_cast_desc_eq_fail', unknown, 0, 0],
  ],
  'wide-arithmetic': [
    [0xfc013, 'i64.add128 i64.sub128 i64.mul_wide_s i64.mul_wide_u', unknown, 0, 0],
  ],
  'memory-control': [[0xfc012, 'memory.discard', unknown, 0, 0]],
  'half-precision': [[0xfc030, 'f32.load_f16 f32.store_f16', unknown, 0, 0]],
  'shared-everything-threads': [[0xfe004, 'pause', unknown, 0, 0]],
}

const PROPOSALS: Readonly<Record<string, readonly Row[]>> = {
  core: CORE,
  'sign-extension': SIGN_EXTENSION,
  'saturating-conversions': SATURATING,
  'bulk-memory': BULK_MEMORY,
  'reference-types': REFERENCES,
  'typed-functions': TYPED_FUNCTIONS,
  'tail-calls': TAIL_CALLS,
  exceptions: EXCEPTIONS,
  'legacy-exceptions': LEGACY_EXCEPTIONS,
  gc: GARBAGE_COLLECTION,
  ...VECTOR_ROWS,
  threads: ATOMIC_ROWS,
}

function expand(
  proposals: Readonly<Record<string, readonly Row[]>>,
  standard: Rule,
): Instruction[] {
  return Object.entries(proposals).flatMap(([proposal, rows]) =>
    rows.flatMap(([from, names, immediate, taken, left, rule = standard]) =>
      names
        .split(/\s+/)
        .map((name, i) => ({ opcode: from + i, name, proposal, immediate, taken, left, rule }))
        .filter(({ name }) => name !== '-'),
    ),
  )
}

/** All known instructions, including those that are refused. */
export const INSTRUCTIONS: readonly Instruction[] = [
  ...expand(PROPOSALS, ALLOWED),
  ...expand(REFUSED, UNFINISHED),
]

const byOpcode = new Map(INSTRUCTIONS.map((each) => [each.opcode, each]))

/** Returns the entry of `opcode`, if the instruction is known. */
export function instructionOf(opcode: number): Instruction | undefined {
  return byOpcode.get(opcode)
}

/** Returns the instruction as a phrase: `the instruction "cont.new"`, `the unknown instruction 0xee`. */
export function describeInstruction(opcode: number): string {
  const known = instructionOf(opcode)
  if (known !== undefined) return `the instruction "${known.name}"`
  const bytes = opcode > 0xff ? [opcode >>> 12, opcode & 0xfff] : [opcode]
  return `the unknown instruction ${bytes.map((each) => `0x${each.toString(16)}`).join(' ')}`
}
