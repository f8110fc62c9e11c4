/**
 * What the walker and the rewriter must know about each instruction: its immediates, and how many
 * operands it takes and leaves.
 *
 * Instructions behind a prefix byte have the code `prefix << 12 | sub`, such as `0xfc00b` for
 * `memory.fill`. An instruction that is not here is unknown: the module that has it is not rewritten.
 *
 * Longer than other files: it is one table.
 *
 * @module
 */

/** How the immediates of an instruction are encoded. */
export const IMMEDIATE = {
  unknown: 0,
  none: 1,
  block: 2,
  label: 3,
  labels: 4,
  index: 5,
  twoIndexes: 6,
  memory: 7,
  i32: 8,
  i64: 9,
  f32: 10,
  f64: 11,
  heapType: 12,
  types: 13,
  tryTable: 14,
  bytes16: 15,
  lane: 16,
  memoryLane: 17,
  castBranch: 18,
} as const

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
  i32GtU: 0x4b,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32Or: 0x72,
  i32ShrU: 0x76,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
  refNull: 0xd0,
  refFunc: 0xd2,
  brOnNull: 0xd5,
  brOnNonNull: 0xd6,
  brOnCast: 0xfb018,
  brOnCastFail: 0xfb019,
  arrayNewData: 0xfb009,
  arrayNewElem: 0xfb00a,
  arrayInitData: 0xfb012,
  arrayInitElem: 0xfb013,
  memoryInit: 0xfc008,
  dataDrop: 0xfc009,
  memoryCopy: 0xfc00a,
  memoryFill: 0xfc00b,
  tableInit: 0xfc00c,
  elemDrop: 0xfc00d,
  tableCopy: 0xfc00e,
  tableGrow: 0xfc00f,
  tableFill: 0xfc011,
} as const

const PLAIN = 0x100
const GC = PLAIN
const MISC = GC + 0x20
const VECTOR = MISC + 0x20
const ATOMIC = VECTOR + 0x120
const SIZE = ATOMIC + 0x50

/** Effect of instructions whose operand counts depend on a type: blocks, calls, branches. */
export const VARIES = 15

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

function define(from: number, to: number, immediate: number, taken: number, left: number): void {
  for (let opcode = from; opcode <= to; opcode++) {
    immediates[slot(opcode)] = immediate
    effects[slot(opcode)] = (taken << 4) | left
  }
}

const { none, block, label, index, twoIndexes, memory, lane, memoryLane, heapType } = IMMEDIATE

// Control. Effects that depend on types stay VARIES.
define(0x00, 0x00, none, VARIES, 0)
define(0x01, 0x01, none, 0, 0)
define(0x02, 0x04, block, VARIES, 0)
define(0x05, 0x05, none, VARIES, 0)
define(0x06, 0x06, block, VARIES, 0)
define(0x07, 0x08, index, VARIES, 0)
define(0x09, 0x09, label, VARIES, 0)
define(0x0a, 0x0b, none, VARIES, 0)
define(0x0c, 0x0d, label, VARIES, 0)
define(0x0e, 0x0e, IMMEDIATE.labels, VARIES, 0)
define(0x0f, 0x0f, none, VARIES, 0)
define(0x10, 0x10, index, VARIES, 0)
define(0x11, 0x11, twoIndexes, VARIES, 0)
define(0x12, 0x12, index, VARIES, 0)
define(0x13, 0x13, twoIndexes, VARIES, 0)
define(0x14, 0x15, index, VARIES, 0)
define(0x18, 0x18, label, VARIES, 0)
define(0x19, 0x19, none, VARIES, 0)
define(0x1f, 0x1f, IMMEDIATE.tryTable, VARIES, 0)
// Parametric, variables, tables.
define(0x1a, 0x1a, none, 1, 0)
define(0x1b, 0x1b, none, 3, 1)
define(0x1c, 0x1c, IMMEDIATE.types, 3, 1)
define(0x20, 0x22, index, VARIES, 0)
define(0x23, 0x23, index, 0, 1)
define(0x24, 0x24, index, 1, 0)
define(0x25, 0x25, index, 1, 1)
define(0x26, 0x26, index, 2, 0)
// Memory.
define(0x28, 0x35, memory, 1, 1)
define(0x36, 0x3e, memory, 2, 0)
define(0x3f, 0x3f, index, 0, 1)
define(0x40, 0x40, index, 1, 1)
// Numeric.
define(0x41, 0x41, IMMEDIATE.i32, 0, 1)
define(0x42, 0x42, IMMEDIATE.i64, 0, 1)
define(0x43, 0x43, IMMEDIATE.f32, 0, 1)
define(0x44, 0x44, IMMEDIATE.f64, 0, 1)
define(0x45, 0xc4, none, 2, 1)
for (const [from, to] of [
  [0x45, 0x45],
  [0x50, 0x50],
  [0x67, 0x69],
  [0x79, 0x7b],
  [0x8b, 0x91],
  [0x99, 0x9f],
  [0xa7, 0xc4],
] as const)
  define(from, to, none, 1, 1)
// References.
define(0xd0, 0xd0, heapType, 0, 1)
define(0xd1, 0xd1, none, 1, 1)
define(0xd2, 0xd2, index, 0, 1)
define(0xd3, 0xd3, none, 2, 1)
define(0xd4, 0xd4, none, 1, 1)
define(0xd5, 0xd6, label, VARIES, 0)
// GC: recognised, so that fuel can be woven in; never marked, hence without effects.
define(0xfb000, 0xfb001, index, VARIES, 0)
define(0xfb002, 0xfb005, twoIndexes, VARIES, 0)
define(0xfb006, 0xfb007, index, VARIES, 0)
define(0xfb008, 0xfb00a, twoIndexes, VARIES, 0)
define(0xfb00b, 0xfb00e, index, VARIES, 0)
define(0xfb00f, 0xfb00f, none, VARIES, 0)
define(0xfb010, 0xfb010, index, VARIES, 0)
define(0xfb011, 0xfb013, twoIndexes, VARIES, 0)
define(0xfb014, 0xfb017, heapType, VARIES, 0)
define(0xfb018, 0xfb019, IMMEDIATE.castBranch, VARIES, 0)
define(0xfb01a, 0xfb01e, none, VARIES, 0)
// Saturating truncation, bulk memory, tables.
define(0xfc000, 0xfc007, none, 1, 1)
define(0xfc008, 0xfc008, twoIndexes, 3, 0)
define(0xfc009, 0xfc009, index, 0, 0)
define(0xfc00a, 0xfc00a, twoIndexes, 3, 0)
define(0xfc00b, 0xfc00b, index, 3, 0)
define(0xfc00c, 0xfc00c, twoIndexes, 3, 0)
define(0xfc00d, 0xfc00d, index, 0, 0)
define(0xfc00e, 0xfc00e, twoIndexes, 3, 0)
define(0xfc00f, 0xfc00f, index, 2, 1)
define(0xfc010, 0xfc010, index, 0, 1)
define(0xfc011, 0xfc011, index, 3, 0)
// Vectors: most take two, the lists below are those that do not.
const UNUSED_VECTOR = new Set([
  154, 162, 165, 166, 175, 176, 178, 179, 180, 187, 194, 197, 198, 207, 208, 210, 211, 212, 226,
  238,
])
const UNARY_VECTOR = [
  [77, 77],
  [83, 83],
  [94, 100],
  [103, 106],
  [116, 117],
  [122, 122],
  [124, 129],
  [131, 132],
  [135, 138],
  [148, 148],
  [160, 164],
  [167, 170],
  [192, 196],
  [199, 202],
  [224, 227],
  [236, 239],
  [248, 255],
  [257, 260],
] as const
for (let sub = 14; sub <= 275; sub++)
  if (!UNUSED_VECTOR.has(sub)) define(0xfd000 | sub, 0xfd000 | sub, none, 2, 1)
for (const [from, to] of UNARY_VECTOR)
  for (let sub = from; sub <= to; sub++)
    if (!UNUSED_VECTOR.has(sub)) define(0xfd000 | sub, 0xfd000 | sub, none, 1, 1)
define(0xfd000, 0xfd00a, memory, 1, 1)
define(0xfd00b, 0xfd00b, memory, 2, 0)
define(0xfd00c, 0xfd00c, IMMEDIATE.bytes16, 0, 1)
define(0xfd00d, 0xfd00d, IMMEDIATE.bytes16, 2, 1)
define(0xfd00f, 0xfd014, none, 1, 1)
for (let sub = 21; sub <= 34; sub++) {
  const replaces = [23, 26, 28, 30, 32, 34].includes(sub)
  define(0xfd000 | sub, 0xfd000 | sub, lane, replaces ? 2 : 1, 1)
}
define(0xfd052, 0xfd052, none, 3, 1)
define(0xfd054, 0xfd057, memoryLane, 2, 1)
define(0xfd058, 0xfd05b, memoryLane, 2, 0)
define(0xfd05c, 0xfd05d, memory, 1, 1)
define(0xfd105, 0xfd10c, none, 3, 1)
define(0xfd113, 0xfd113, none, 3, 1)
// Atomics.
define(0xfe000, 0xfe000, memory, 2, 1)
define(0xfe001, 0xfe002, memory, 3, 1)
define(0xfe003, 0xfe003, lane, 0, 0)
define(0xfe010, 0xfe016, memory, 1, 1)
define(0xfe017, 0xfe01d, memory, 2, 0)
define(0xfe01e, 0xfe047, memory, 2, 1)
define(0xfe048, 0xfe04e, memory, 3, 1)
