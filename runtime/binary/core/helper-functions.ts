/**
 * The bodies of the functions that rewriting adds to a module.
 *
 * @module
 */

import { ByteWriter } from './byte-writer.ts'
import { TYPE } from './core-types.ts'
import { FunctionEmitter, PAGE_SHIFT } from './function-emitter.ts'
import { ALLOWANCE } from './fuel-tracker.ts'
import { OP } from './opcodes.ts'

/**
 * Two functions, `() -> ()` and `(i32) -> i32`. The first asks the host, waits for its turn when the host says
 * so, and traps when there still is no fuel. The second takes what is missing of an allowance and a new one
 * from `global`.
 *
 * The trap is `unreachable` in the guest's own code: an exception thrown by the host, a guest could catch.
 */
export function writeFuelHelpers(body: ByteWriter, global: number, outOfFuel: number): void {
  const ask = (emit: FunctionEmitter): void => {
    const { out } = emit
    emit.call(outOfFuel)
    out.byte(OP.if)
    out.byte(TYPE.empty)
    emit.call(outOfFuel + 1)
    out.byte(OP.end)
    ifExhausted(emit, global, () => out.byte(OP.unreachable))
  }
  helper(body, ask)
  helper(body, (emit) => {
    const { out } = emit
    out.byte(OP.globalGet)
    out.unsigned(global)
    emit.get(0)
    out.byte(OP.i32Add)
    emit.constant(ALLOWANCE)
    out.byte(OP.i32Sub)
    out.byte(OP.globalSet)
    out.unsigned(global)
    ifExhausted(emit, global, () => ask(emit))
    emit.constant(ALLOWANCE)
  })
}

/** `(start, length)`: marks the pages of a range that was just written, hence in bounds, in memory `map`. */
export function writeMarkRange(body: ByteWriter, map: number): void {
  helper(body, (emit) => {
    const { out } = emit
    const page = (): void => {
      emit.constant(PAGE_SHIFT)
      out.byte(OP.i32ShrU)
    }
    emit.get(1)
    out.byte(OP.if)
    out.byte(TYPE.empty)
    // memory.fill(start >> 12, 1, (start + length - 1 >> 12) - (start >> 12) + 1)
    emit.get(0)
    page()
    emit.constant(1)
    emit.get(0)
    emit.get(1)
    out.byte(OP.i32Add)
    emit.constant(1)
    out.byte(OP.i32Sub)
    page()
    emit.get(0)
    page()
    out.byte(OP.i32Sub)
    emit.constant(1)
    out.byte(OP.i32Add)
    out.byte(OP.memoryFill >>> 12)
    out.unsigned(OP.memoryFill & 0xfff)
    out.unsigned(map)
    out.byte(OP.end)
  })
}

/**
 * `(i32) -> i32`: `memory.grow` of memory `memory` for a guest that sees the size in global `size`. The
 * memory may be larger: an earlier request grew it. What lies beyond the size is zero. Global `pages` has the
 * pages by which all memories of the component together may still grow.
 */
export function writeGrow(body: ByteWriter, memory: number, size: number, pages: number): void {
  helper(body, (emit) => {
    const { out } = emit
    const sizeGet = (): void => {
      out.byte(OP.globalGet)
      out.unsigned(size)
    }
    const failIf = (condition: number): void => {
      out.byte(condition)
      out.byte(OP.if)
      out.byte(TYPE.empty)
      emit.constant(-1)
      out.byte(OP.return)
      out.byte(OP.end)
    }
    emit.get(0)
    out.byte(OP.globalGet)
    out.unsigned(pages)
    failIf(OP.i32GtU)
    // The sum wraps when it is smaller than what was added to.
    sizeGet()
    emit.get(0)
    out.byte(OP.i32Add)
    sizeGet()
    failIf(OP.i32LtU)
    // Larger than the memory is: grow it by the rest, or fail.
    sizeGet()
    emit.get(0)
    out.byte(OP.i32Add)
    out.byte(OP.memorySize)
    out.unsigned(memory)
    out.byte(OP.i32GtU)
    out.byte(OP.if)
    out.byte(TYPE.empty)
    sizeGet()
    emit.get(0)
    out.byte(OP.i32Add)
    out.byte(OP.memorySize)
    out.unsigned(memory)
    out.byte(OP.i32Sub)
    out.byte(OP.memoryGrow)
    out.unsigned(memory)
    emit.constant(-1)
    failIf(OP.i32Eq)
    out.byte(OP.end)
    out.byte(OP.globalGet)
    out.unsigned(pages)
    emit.get(0)
    out.byte(OP.i32Sub)
    out.byte(OP.globalSet)
    out.unsigned(pages)
    // The old size is the result.
    sizeGet()
    sizeGet()
    emit.get(0)
    out.byte(OP.i32Add)
    out.byte(OP.globalSet)
    out.unsigned(size)
  })
}

function helper(body: ByteWriter, write: (emit: FunctionEmitter) => void): void {
  const code = new ByteWriter(64)
  code.byte(0)
  write(new FunctionEmitter(code, undefined))
  code.byte(OP.end)
  body.sized(code.view())
}

function ifExhausted(emit: FunctionEmitter, global: number, then: () => void): void {
  emit.out.byte(OP.globalGet)
  emit.out.unsigned(global)
  emit.constant(0)
  emit.out.byte(OP.i32LtS)
  emit.out.byte(OP.if)
  emit.out.byte(TYPE.empty)
  then()
  emit.out.byte(OP.end)
}
