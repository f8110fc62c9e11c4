/**
 * The functions that replace `memory.fill`, `memory.copy` and `memory.init`. They pay for the length, and do long work
 * in pieces, between which other guests may have their turn.
 *
 * One instruction can write 4 GiB, and writing to a page for the first time costs a fault of the operating system:
 * 32 MiB took 47 ms. A guest that traps in the middle is dropped, so no code sees the pieces before.
 *
 * @module
 */

import type { CoreModule } from './core-module.ts'
import { TYPE } from './core-types.ts'
import type { FunctionEmitter, FuelIndexes } from './function-emitter.ts'
import { helper, ifExhausted, type HelperType, type WriteBody } from './helper-functions.ts'
import { WRITTEN_BYTES_SHIFT } from './length-price.ts'
import { isWideLength } from './memory-write.ts'
import { OP } from './opcodes.ts'

/** Bytes of a piece. 64 faults at most: a third of a millisecond. */
const PIECE_BYTES = 262_144

/** An instruction with its immediates. */
export interface BulkInstruction {
  readonly opcode: number
  readonly first: number
  readonly second: number
}

/** Whether `opcode` writes as much to a memory as an operand says. */
export function isBulkWrite(opcode: number): boolean {
  return opcode === OP.memoryFill || opcode === OP.memoryCopy || opcode === OP.memoryInit
}

/** The type of the function for `instruction`. */
export function bulkType(module: CoreModule, instruction: BulkInstruction): HelperType {
  const { to, from, length } = widths(module, instruction)
  const names = [to, from, length].map((wide) => (wide ? 'L' : 'I')).join('')
  // Both memories are wide where the length is.
  if (names === 'III') return 'bulk'
  if (names === 'LLL') return 'bulkWide'
  if (names === 'LIL') return 'bulkFillWide'
  return names === 'LII' ? 'bulkToWide' : 'bulkFromWide'
}

/** `(to, from or value, length)`. */
export function writeBulk(
  module: CoreModule,
  instruction: BulkInstruction,
  { global, ask }: FuelIndexes,
): WriteBody {
  const wide = widths(module, instruction)
  const { opcode, first, second } = instruction
  const isFill = opcode === OP.memoryFill
  return helper((emit) => {
    const { out } = emit
    const bulk = (): void => {
      out.byte(opcode >>> 12)
      out.unsigned(opcode & 0xfff)
      out.unsigned(first)
      if (!isFill) out.unsigned(second)
    }
    const advance = (local: number, isWide: boolean): void => {
      emit.get(local)
      emit.number(PIECE_BYTES, isWide)
      out.byte(isWide ? OP.i64Add : OP.i32Add)
      emit.set(local)
    }
    const shorten = (): void => {
      emit.get(2)
      emit.number(PIECE_BYTES, wide.length)
      out.byte(wide.length ? OP.i64Sub : OP.i32Sub)
      emit.set(2)
    }
    const isLong = (): void => {
      emit.get(2)
      emit.number(PIECE_BYTES, wide.length)
      out.byte(wide.length ? OP.i64GtU : OP.i32GtU)
    }
    const pieces = (one: () => void): void => {
      out.byte(OP.loop)
      out.byte(TYPE.empty)
      pay(emit, global, () => emit.constant(PIECE_BYTES >>> WRITTEN_BYTES_SHIFT))
      emit.call(ask)
      one()
      isLong()
      out.byte(OP.brIf)
      out.unsigned(0)
      out.byte(OP.end)
    }
    const forwards = (): void =>
      pieces(() => {
        emit.get(0)
        emit.get(1)
        emit.number(PIECE_BYTES, wide.length)
        bulk()
        advance(0, wide.to)
        if (!isFill) advance(1, wide.from)
        shorten()
      })
    /** The last piece first, so that the source is read before it is overwritten. */
    const backwards = (): void =>
      pieces(() => {
        shorten()
        endOf(emit, 0, wide.to, wide.length)
        endOf(emit, 1, wide.from, wide.length)
        emit.number(PIECE_BYTES, wide.length)
        bulk()
      })

    isLong()
    out.byte(OP.if)
    out.byte(TYPE.empty)
    // Piece by piece an address that wraps would be in bounds again.
    trapIfItWraps(emit, 0, wide.to, wide.length)
    if (!isFill) trapIfItWraps(emit, 1, wide.from, wide.length)
    if (opcode === OP.memoryCopy && first === second) {
      emit.get(0)
      emit.get(1)
      out.byte(wide.to ? OP.i64GtU : OP.i32GtU)
      out.byte(OP.if)
      out.byte(TYPE.empty)
      backwards()
      out.byte(OP.else)
      forwards()
      out.byte(OP.end)
    } else forwards()
    out.byte(OP.end)
    pay(emit, global, () => {
      emit.get(2)
      if (wide.length) out.byte(OP.i32WrapI64)
      emit.constant(WRITTEN_BYTES_SHIFT)
      out.byte(OP.i32ShrU)
    })
    ifExhausted(emit, global, () => emit.call(ask))
    emit.get(0)
    emit.get(1)
    emit.get(2)
    bulk()
  })
}

/** Returns for each of the three operands whether it has 64 bits. */
function widths(
  module: CoreModule,
  instruction: BulkInstruction,
): { to: boolean; from: boolean; length: boolean } {
  const isWide = (memory: number): boolean => module.memories[memory]?.wide ?? false
  const { opcode, first, second } = instruction
  const length = isWideLength(module, instruction)
  if (opcode === OP.memoryFill) return { to: isWide(first), from: false, length }
  if (opcode === OP.memoryInit) return { to: isWide(second), from: false, length: false }
  return { to: isWide(first), from: isWide(second), length }
}

/** Takes `amount` from the fuel. */
function pay(emit: FunctionEmitter, global: number, amount: () => void): void {
  emit.globalGet(global)
  amount()
  emit.out.byte(OP.i32Sub)
  emit.globalSet(global)
}

/** The address in `local` and the length. */
function endOf(emit: FunctionEmitter, local: number, isWide: boolean, isLengthWide: boolean): void {
  emit.get(local)
  emit.get(2)
  if (isWide && !isLengthWide) emit.out.byte(OP.i64ExtendI32U)
  emit.out.byte(isWide ? OP.i64Add : OP.i32Add)
}

/** The end of all memory is 0 after wrapping, and in bounds. */
function trapIfItWraps(
  emit: FunctionEmitter,
  local: number,
  isWide: boolean,
  isLengthWide: boolean,
): void {
  const { out } = emit
  emit.get(local)
  endOf(emit, local, isWide, isLengthWide)
  out.byte(isWide ? OP.i64GtU : OP.i32GtU)
  out.byte(OP.if)
  out.byte(TYPE.empty)
  endOf(emit, local, isWide, isLengthWide)
  emit.number(0, isWide)
  out.byte(isWide ? OP.i64Eq : OP.i32Eq)
  out.byte(OP.if)
  out.byte(TYPE.empty)
  out.byte(OP.else)
  out.byte(OP.unreachable)
  out.byte(OP.end)
  out.byte(OP.end)
}
