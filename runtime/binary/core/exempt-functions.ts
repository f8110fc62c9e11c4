/**
 * Finds functions too small to pay fuel themselves: their callers pay for them.
 *
 * Such a function has no loop, no call whose target is not itself such a function, and nothing that takes
 * long. So it ends after a bounded number of instructions, and it cannot be part of a recursion.
 *
 * @module
 */

import { ByteReader } from '../reader.ts'
import type { CoreModule, Range } from './core-module.ts'
import { skipValueType } from './core-types.ts'
import { cost } from './fuel-tracker.ts'
import { InstructionReader } from './instruction-reader.ts'
import { BULK_LENGTH } from './memory-write.ts'
import { OP } from './opcodes.ts'

/** Beyond this, what an indirect call is charged would be too far from what it may cost. */
const MAX_EXEMPT_COST = 40
/** A body of this many bytes can still be cheap enough; longer ones are not looked at. */
const MAX_EXEMPT_BYTES = 120

const DISQUALIFYING: ReadonlySet<number> = new Set([
  ...BULK_LENGTH,
  OP.loop,
  OP.try,
  OP.tryTable,
  OP.callIndirect,
  OP.callRef,
  OP.returnCall,
  OP.returnCallIndirect,
  OP.returnCallRef,
  OP.memoryGrow,
])

/** Returns a function from the index of a function to what it costs, or 0 when it pays for itself. */
export function exemptFunctions(module: CoreModule): (index: number) => number {
  const costs = new Map<number, number>()
  return function exempt(index) {
    const known = costs.get(index)
    if (known !== undefined) return known
    // Found again before it is decided, it is part of a recursion.
    costs.set(index, 0)
    const range = module.code[index - module.importedFunctions]
    const found = range === undefined ? 0 : measure(module.bytes, range, exempt)
    costs.set(index, found)
    return found
  }
}

function measure(bytes: Uint8Array, range: Range, exempt: (index: number) => number): number {
  if (range.end - range.start > MAX_EXEMPT_BYTES) return 0
  const reader = new ByteReader(bytes, range.start, range.end, 'core module')
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.u32()
    skipValueType(reader)
  }
  let total = 0
  const instructions = new InstructionReader(bytes, reader.offset, range.end)
  while (instructions.next()) {
    const { opcode, first } = instructions
    if (DISQUALIFYING.has(opcode)) return 0
    const callee = opcode === OP.call ? exempt(first) : 0
    if (opcode === OP.call && callee === 0) return 0
    total += cost(opcode, callee)
    if (total > MAX_EXEMPT_COST) return 0
  }
  return total
}
