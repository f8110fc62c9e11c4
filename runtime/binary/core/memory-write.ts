/**
 * The instructions that write to memory: their operands, and whether an operand sets the length.
 *
 * @module
 */

import type { CoreModule } from './core-module.ts'
import { TYPE } from './core-types.ts'
import type { InstructionReader } from './instruction-reader.ts'
import { OP } from './opcodes.ts'

export interface MemoryWrite {
  /** Number of operands, the address first. */
  readonly taken: number
  /** Number of results. */
  readonly left: number
  /** Types of the operands after the address. */
  readonly types: readonly number[]
  /** Bytes written; 0 when the last operand says how many. */
  readonly bytes: number
}

const { i32, i64, f32, f64, v128 } = TYPE
const writes = new Map<number, MemoryWrite>()

function define(opcode: number, types: readonly number[], bytes: number, left = 0): void {
  writes.set(opcode, { taken: types.length + 1, left, types, bytes })
}

const STORES = [
  [i32, 4],
  [i64, 8],
  [f32, 4],
  [f64, 8],
  [i32, 1],
  [i32, 2],
  [i64, 1],
  [i64, 2],
  [i64, 4],
] as const
STORES.forEach(([type, bytes], i) => define(OP.i32Store + i, [type], bytes))

define(0xfd00b, [v128], 16)
for (let lane = 0; lane < 4; lane++) define(0xfd058 + lane, [v128], 1 << lane)

// The order in which atomic instructions come, in each of their groups of seven.
const ATOMICS = [
  [i32, 4],
  [i64, 8],
  [i32, 1],
  [i32, 2],
  [i64, 1],
  [i64, 2],
  [i64, 4],
] as const
ATOMICS.forEach(([type, bytes], i) => {
  define(0xfe017 + i, [type], bytes)
  for (let group = 0; group < 6; group++) define(0xfe01e + 7 * group + i, [type], bytes, 1)
  define(0xfe048 + i, [type, type], bytes, 1)
})

define(OP.memoryInit, [i32, i32], 0)
define(OP.memoryCopy, [i32, i32], 0)
define(OP.memoryFill, [i32, i32], 0)

/** Returns the write of `opcode` to a 32-bit memory, or `undefined` when it writes nothing. */
export function writeOf(opcode: number): MemoryWrite | undefined {
  // Most instructions are below the first store or between the last one and the vectors.
  if (opcode < OP.i32Store || (opcode > OP.i64Store32 && opcode < 0xfc000)) return undefined
  return writes.get(opcode)
}

/** Whether the length of a bulk instruction has 64 bits. */
export function isWideLength(
  { memories, tables }: CoreModule,
  at: Pick<InstructionReader, 'opcode' | 'first' | 'second'>,
): boolean {
  switch (at.opcode) {
    case OP.memoryFill:
      return memories[at.first]?.wide ?? false
    case OP.memoryCopy:
      return ((memories[at.first]?.wide ?? false) && memories[at.second]?.wide) ?? false
    case OP.tableFill:
    case OP.tableGrow:
      return tables[at.first]?.wide ?? false
    case OP.tableCopy:
      return ((tables[at.first]?.wide ?? false) && tables[at.second]?.wide) ?? false
    default:
      return false
  }
}
