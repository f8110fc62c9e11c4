/**
 * The functions that rewriting adds to a module: their types, and those for fuel and marks.
 *
 * @module
 */

import { ByteWriter } from './byte-writer.ts'
import { TYPE } from './core-types.ts'
import { FunctionEmitter, BLOCK_SHIFT } from './function-emitter.ts'
import { ALLOWANCE } from './fuel-tracker.ts'
import { OP } from './opcodes.ts'

const { i32, i64 } = TYPE

/** Types of the added functions, in the order in which they follow the types of the module. */
export const HELPER_TYPES: Readonly<Record<HelperType, FunctionTypes>> = {
  nothing: { params: [], results: [] },
  integer: { params: [i32], results: [i32] },
  range: { params: [i32, i32], results: [] },
  wide: { params: [i64], results: [i64] },
  bytes: { params: [i64], results: [] },
  question: { params: [], results: [i32] },
  bulk: { params: [i32, i32, i32], results: [] },
  bulkWide: { params: [i64, i64, i64], results: [] },
  bulkFillWide: { params: [i64, i32, i64], results: [] },
  bulkToWide: { params: [i64, i32, i32], results: [] },
  bulkFromWide: { params: [i32, i64, i32], results: [] },
}
export type HelperType =
  | 'nothing'
  | 'integer'
  | 'range'
  | 'wide'
  | 'bytes'
  | 'question'
  | 'bulk'
  | 'bulkWide'
  | 'bulkFillWide'
  | 'bulkToWide'
  | 'bulkFromWide'

export interface FunctionTypes {
  readonly params: readonly number[]
  readonly results: readonly number[]
}

export type WriteBody = (body: ByteWriter) => void

/**
 * Two functions, `() -> ()` and `(i32) -> i32`. The first asks the host, waits for its turn when the host says
 * so, and traps when there still is no fuel. The second takes from `global` the missing part of an allowance and a new
 * allowance.
 *
 * The trap is `unreachable` in the guest's own code. A guest could catch an exception that the host throws.
 */
export function writeFuelHelpers(
  global: number,
  outOfFuel: number,
): [ask: WriteBody, take: WriteBody] {
  const ask = (emit: FunctionEmitter): void => {
    const { out } = emit
    out.byte(OP.loop)
    out.byte(TYPE.empty)
    emit.call(outOfFuel)
    out.byte(OP.if)
    out.byte(TYPE.empty)
    emit.call(outOfFuel + 1)
    // While the guest waited, its host may have used the fuel that was granted: then the guest asks again.
    ifExhausted(emit, global, () => {
      out.byte(OP.br)
      out.unsigned(2)
    })
    out.byte(OP.end)
    out.byte(OP.end)
    ifExhausted(emit, global, () => out.byte(OP.unreachable))
  }
  const take = helper((emit) => {
    const { out } = emit
    emit.globalGet(global)
    emit.get(0)
    out.byte(OP.i32Add)
    emit.constant(ALLOWANCE)
    out.byte(OP.i32Sub)
    emit.globalSet(global)
    ifExhausted(emit, global, () => ask(emit))
    emit.constant(ALLOWANCE)
  })
  return [helper(ask), take]
}

/** `(start, length)`: marks the blocks of a range that was just written, hence in bounds, in memory `map`. */
export function writeMarkRange(map: number): WriteBody {
  return helper((emit) => {
    const { out } = emit
    const block = (): void => {
      emit.constant(BLOCK_SHIFT)
      out.byte(OP.i32ShrU)
    }
    emit.get(1)
    out.byte(OP.if)
    out.byte(TYPE.empty)
    // memory.fill(start >> 9, 1, (start + length - 1 >> 9) - (start >> 9) + 1)
    emit.get(0)
    block()
    emit.constant(1)
    emit.get(0)
    emit.get(1)
    out.byte(OP.i32Add)
    emit.constant(1)
    out.byte(OP.i32Sub)
    block()
    emit.get(0)
    block()
    out.byte(OP.i32Sub)
    emit.constant(1)
    out.byte(OP.i32Add)
    emit.prefixed(OP.memoryFill, map)
    out.byte(OP.end)
  })
}

/** Returns a function that writes a body with locals of the types `locals` after the parameters. */
export function helper(
  write: (emit: FunctionEmitter) => void,
  locals: readonly number[] = [],
): WriteBody {
  return (body) => {
    const code = new ByteWriter(64)
    code.unsigned(locals.length)
    for (const type of locals) {
      code.byte(1)
      code.byte(type)
    }
    write(new FunctionEmitter(code, undefined))
    code.byte(OP.end)
    body.sized(code.view())
  }
}

/** Writes `then` for when `global` is below zero. */
export function ifExhausted(emit: FunctionEmitter, global: number, then: () => void): void {
  emit.globalGet(global)
  emit.constant(0)
  emit.out.byte(OP.i32LtS)
  emit.out.byte(OP.if)
  emit.out.byte(TYPE.empty)
  then()
  emit.out.byte(OP.end)
}
