/**
 * Functions that charge allocation to the room, a global that all modules of a component share.
 *
 * @module
 */

import { TYPE } from './core-types.ts'
import type { FunctionEmitter, FuelIndexes } from './function-emitter.ts'
import { helper, ifExhausted, type WriteBody } from './helper-functions.ts'
import { OP } from './opcodes.ts'
import { PAGE_ROOM_SHIFT, ROOM_UNIT_BYTES, TABLE_ELEMENT_BYTES } from './room.ts'

const { i32, i64 } = TYPE

// No memory has more: together they have 4 GiB at most.
const MAX_PAGES = 65_536
// 90 ns were measured for a small object that is kept, and collected around.
const OBJECT_UNITS = 8

/**
 * `(i32) -> i32`: `memory.grow` of memory `memory` for a guest that sees the size in global `size`. The
 * memory may be larger, because an earlier request grew it. All bytes beyond the size are zero.
 */
export function writeSizedGrow(memory: number, size: number, room: number): WriteBody {
  return helper((emit) => {
    const { out } = emit
    const failIf = failing(emit, false)
    failWithoutRoom(emit, false, room)
    // The sum has wrapped when it is smaller than the old size.
    emit.globalGet(size)
    emit.get(0)
    out.byte(OP.i32Add)
    emit.globalGet(size)
    failIf(OP.i32LtU)
    // Larger than the memory is: grow it by the rest, or fail.
    emit.globalGet(size)
    emit.get(0)
    out.byte(OP.i32Add)
    emit.index(OP.memorySize, memory)
    out.byte(OP.i32GtU)
    out.byte(OP.if)
    out.byte(TYPE.empty)
    emit.globalGet(size)
    emit.get(0)
    out.byte(OP.i32Add)
    emit.index(OP.memorySize, memory)
    out.byte(OP.i32Sub)
    emit.index(OP.memoryGrow, memory)
    emit.constant(-1)
    failIf(OP.i32Eq)
    out.byte(OP.end)
    takePages(emit, false, room)
    // The old size is the result.
    emit.globalGet(size)
    emit.globalGet(size)
    emit.get(0)
    out.byte(OP.i32Add)
    emit.globalSet(size)
  })
}

/** `(i32) -> i32`, or with `wide` `(i64) -> i64`: `memory.grow` of memory `memory`, out of the room. */
export function writeGrow(memory: number, wide: boolean, room: number): WriteBody {
  return helper(
    (emit) => {
      failWithoutRoom(emit, wide, room)
      emit.get(0)
      emit.index(OP.memoryGrow, memory)
      emit.tee(1)
      emit.minusOne(wide)
      failing(emit, wide)(wide ? OP.i64Eq : OP.i32Eq)
      takePages(emit, wide, room)
      emit.get(1)
    },
    [wide ? i64 : i32],
  )
}

/** A table that may grow to `most` elements. */
export interface GrowingTable {
  readonly index: number
  readonly wide: boolean
  readonly most: number
}

/**
 * `(i32) -> i32`, or `(i64) -> i64` for a table that is wide: by how many elements the table is to grow, asked
 * before it does. As many as were asked for, paid out of the room; or so many that growing fails.
 */
export function writeTableCharge({ index, wide, most }: GrowingTable, room: number): WriteBody {
  return helper(
    (emit) => {
      const { out } = emit
      const failIf = failing(emit, wide)
      const isMore = wide ? OP.i64GtU : OP.i32GtU
      emit.get(0)
      emit.number(most, wide)
      failIf(isMore)
      emit.get(0)
      emit.prefixed(OP.tableSize, index)
      out.byte(wide ? OP.i64Add : OP.i32Add)
      emit.number(most, wide)
      failIf(isMore)
      emit.get(0)
      if (wide) out.byte(OP.i32WrapI64)
      emit.constant(TABLE_ELEMENT_BYTES / 8)
      out.byte(OP.i32Mul)
      // Half a unit a word, rounded up.
      emit.constant(ROOM_UNIT_BYTES / 8 - 1)
      out.byte(OP.i32Add)
      emit.constant(Math.log2(ROOM_UNIT_BYTES / 8))
      out.byte(OP.i32ShrU)
      emit.tee(1)
      emit.globalGet(room)
      failIf(OP.i32GtS)
      emit.globalGet(room)
      emit.get(1)
      out.byte(OP.i32Sub)
      emit.globalSet(room)
      emit.get(0)
    },
    [i32],
  )
}

/**
 * `(i64) -> ()`: takes so many bytes from the room, and fuel: as many units as of room, and some for the object. Without room it traps, and leaves
 * less than none, which tells the host why.
 */
export function writeAllocate(room: number, fuel: FuelIndexes | undefined): WriteBody {
  return helper(
    (emit) => {
      const { out } = emit
      emit.get(0)
      emit.number(ROOM_UNIT_BYTES - 1, true)
      out.byte(OP.i64Add)
      emit.number(Math.log2(ROOM_UNIT_BYTES), true)
      out.byte(OP.i64ShrU)
      emit.tee(0)
      emit.globalGet(room)
      out.byte(OP.i64ExtendI32S)
      out.byte(OP.i64GtS)
      out.byte(OP.if)
      out.byte(TYPE.empty)
      emit.constant(-1)
      emit.globalSet(room)
      out.byte(OP.unreachable)
      out.byte(OP.end)
      emit.globalGet(room)
      emit.get(0)
      out.byte(OP.i32WrapI64)
      emit.tee(1)
      out.byte(OP.i32Sub)
      emit.globalSet(room)
      if (fuel === undefined) return
      emit.globalGet(fuel.global)
      emit.get(1)
      out.byte(OP.i32Sub)
      emit.constant(OBJECT_UNITS)
      out.byte(OP.i32Sub)
      emit.globalSet(fuel.global)
      ifExhausted(emit, fuel.global, () => emit.call(fuel.ask))
    },
    [i32],
  )
}

/** Returns -1, which is how growing fails, when there are more pages in local 0 than there is room for. */
function failWithoutRoom(emit: FunctionEmitter, wide: boolean, room: number): void {
  const failIf = failing(emit, wide)
  emit.get(0)
  emit.number(MAX_PAGES, wide)
  failIf(wide ? OP.i64GtU : OP.i32GtU)
  pagesAsRoom(emit, wide)
  emit.globalGet(room)
  failIf(OP.i32GtS)
}

function takePages(emit: FunctionEmitter, wide: boolean, room: number): void {
  emit.globalGet(room)
  pagesAsRoom(emit, wide)
  emit.out.byte(OP.i32Sub)
  emit.globalSet(room)
}

function pagesAsRoom(emit: FunctionEmitter, wide: boolean): void {
  emit.get(0)
  if (wide) emit.out.byte(OP.i32WrapI64)
  emit.constant(PAGE_ROOM_SHIFT)
  emit.out.byte(OP.i32Shl)
}

function failing(emit: FunctionEmitter, wide: boolean): (condition: number) => void {
  return (condition) => {
    emit.out.byte(condition)
    emit.out.byte(OP.if)
    emit.out.byte(TYPE.empty)
    emit.minusOne(wide)
    emit.out.byte(OP.return)
    emit.out.byte(OP.end)
  }
}
