/**
 * Facts that the walker and the rewriter need most often, in arrays: the immediates of an instruction, and the number
 * of operands it takes and leaves. All come from the table of instructions.
 *
 * @module
 */

import { IMMEDIATE, VARIES } from './immediate.ts'
import { INSTRUCTIONS } from './instruction-table.ts'

/** Instructions the rewriter treats one by one. */
export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  try: 0x06,
  catch: 0x07,
  throw: 0x08,
  rethrow: 0x09,
  throwRef: 0x0a,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  callRef: 0x14,
  returnCallRef: 0x15,
  delegate: 0x18,
  catchAll: 0x19,
  drop: 0x1a,
  tryTable: 0x1f,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  tableGet: 0x25,
  tableSet: 0x26,
  i32Store: 0x36,
  i64Store32: 0x3e,
  i32Store8: 0x3a,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Eq: 0x46,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32GtS: 0x4a,
  i32GtU: 0x4b,
  i32LeU: 0x4d,
  i64Eq: 0x51,
  i64GtS: 0x55,
  i64GtU: 0x56,
  i64LeU: 0x58,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32Or: 0x72,
  i32Shl: 0x74,
  i32ShrU: 0x76,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
  i64ExtendI32S: 0xac,
  i64ExtendI32U: 0xad,
  refNull: 0xd0,
  refFunc: 0xd2,
  brOnNull: 0xd5,
  brOnNonNull: 0xd6,
  brOnCast: 0xfb018,
  brOnCastFail: 0xfb019,
  structNew: 0xfb000,
  structNewDefault: 0xfb001,
  arrayNew: 0xfb006,
  arrayNewDefault: 0xfb007,
  arrayNewFixed: 0xfb008,
  arrayNewData: 0xfb009,
  arrayNewElem: 0xfb00a,
  arrayFill: 0xfb010,
  arrayCopy: 0xfb011,
  arrayInitData: 0xfb012,
  arrayInitElem: 0xfb013,
  refI31: 0xfb01c,
  memoryInit: 0xfc008,
  dataDrop: 0xfc009,
  memoryCopy: 0xfc00a,
  memoryFill: 0xfc00b,
  tableInit: 0xfc00c,
  elemDrop: 0xfc00d,
  tableCopy: 0xfc00e,
  tableGrow: 0xfc00f,
  tableSize: 0xfc010,
  tableFill: 0xfc011,
  atomicNotify: 0xfe000,
} as const

const PLAIN = 0x100
const GC = PLAIN
const MISC = GC + 0x20
const VECTOR = MISC + 0x20
const ATOMIC = VECTOR + 0x120
const SIZE = ATOMIC + 0x50

// One byte an instruction for immediates, one for operands: taken << 4 | left.
const immediates = new Uint8Array(SIZE)
const effects = new Uint8Array(SIZE).fill(VARIES << 4)

function slot(opcode: number): number {
  if (opcode < 0x100) return opcode
  const sub = opcode & 0xfff
  switch (opcode >>> 12) {
    case 0xfb:
      return sub < 0x20 ? GC + sub : 0
    case 0xfc:
      return sub < 0x20 ? MISC + sub : 0
    case 0xfd:
      return sub < 0x120 ? VECTOR + sub : 0
    default:
      return sub < 0x50 ? ATOMIC + sub : 0
  }
}

/** Returns how the immediates of `opcode` are encoded. */
export function immediateOf(opcode: number): number {
  const at = slot(opcode)
  return at === 0 && opcode !== 0 ? IMMEDIATE.unknown : (immediates[at] ?? 0)
}

/** Returns the operands `opcode` takes in the high four bits and those it leaves in the low four. */
export function effectOf(opcode: number): number {
  return effects[slot(opcode)] ?? VARIES << 4
}

for (const { opcode, immediate, taken, left, rule } of INSTRUCTIONS) {
  if (rule.verdict === 'refused') continue
  immediates[slot(opcode)] = immediate
  effects[slot(opcode)] = (taken << 4) | left
}
