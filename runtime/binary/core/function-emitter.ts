/**
 * Emits the instructions that rewriting adds to a function: marks, payments, temporaries.
 *
 * All of it leaves the operand stack as it found it.
 *
 * Longer than other files: one method for each thing that is added.
 *
 * @module
 */

import type { ByteWriter } from './byte-writer.ts'
import { TYPE } from './core-types.ts'
import type { LengthPrice } from './length-price.ts'
import { OP } from './opcodes.ts'

/**
 * Blocks of 512 bytes: a request of a JavaScript agent writes few bytes on many pages of 4 KiB. Whole pages were 150 KB to
 * copy for a small answer, which also displaced the host's own memory from the caches.
 */
export const BLOCK_SHIFT = 9

/** Indexes, in the rewritten module, of the parts that were added for fuel. */
export interface FuelIndexes {
  /** Global with the fuel that is left. */
  readonly global: number
  /** Function that asks the host for more when the global is below zero. */
  readonly ask: number
  /** Function that turns a negative allowance into a new one, paid from the global. */
  readonly take: number
}

export class FunctionEmitter {
  readonly out: ByteWriter
  readonly #fuel: FuelIndexes | undefined
  #locals = 0
  readonly #temporaries = new Map<string, number>()
  readonly #types: number[] = []
  readonly #unlikely: number[] = []

  constructor(out: ByteWriter, fuel: FuelIndexes | undefined) {
    this.out = out
    this.#fuel = fuel
  }

  /** `locals` counts the function's own, parameters included. */
  begin(locals: number): void {
    this.#locals = locals
    this.#temporaries.clear()
    this.#types.length = 0
    this.#unlikely.length = 0
  }

  /** Positions, in the written body, of branches that are hardly ever taken. */
  get unlikely(): readonly number[] {
    return this.#unlikely
  }

  /** The types of the locals that were added, in order. */
  get types(): readonly number[] {
    return this.#types
  }

  /** The local for `purpose`. Each purpose has one a type. */
  temporary(purpose: string, type: number): number {
    const key = `${purpose}${type}`
    let local = this.#temporaries.get(key)
    if (local === undefined) {
      local = this.#locals + this.#types.length
      this.#temporaries.set(key, local)
      this.#types.push(type)
    }
    return local
  }

  get(local: number): void {
    this.index(OP.localGet, local)
  }

  set(local: number): void {
    this.index(OP.localSet, local)
  }

  tee(local: number): void {
    this.index(OP.localTee, local)
  }

  call(index: number): void {
    this.index(OP.call, index)
  }

  globalGet(global: number): void {
    this.index(OP.globalGet, global)
  }

  globalSet(global: number): void {
    this.index(OP.globalSet, global)
  }

  constant(value: number): void {
    this.number(value, false)
  }

  /** A constant of 64 bits with `wide`, else of 32. */
  number(value: number, wide: boolean): void {
    this.out.byte(wide ? OP.i64Const : OP.i32Const)
    this.out.signed(value)
  }

  minusOne(wide: boolean): void {
    this.number(-1, wide)
  }

  /** An instruction with one index. */
  index(opcode: number, index: number): void {
    this.out.byte(opcode)
    this.out.unsigned(index)
  }

  /** An instruction behind a prefix byte with one index. */
  prefixed(opcode: number, index: number): void {
    this.out.byte(opcode >>> 12)
    this.out.unsigned(opcode & 0xfff)
    this.out.unsigned(index)
  }

  /** Marks the block of `local + from` in the map that is memory `map`. */
  mark(local: number, from: number, map: number): void {
    this.get(local)
    if (from > 0) {
      this.constant(from)
      this.out.byte(OP.i32Add)
    }
    this.constant(BLOCK_SHIFT)
    this.out.byte(OP.i32ShrU)
    this.constant(1)
    this.out.byte(OP.i32Store8)
    this.memoryArgument(map)
  }

  /** No alignment, no offset. */
  memoryArgument(memory: number): void {
    if (memory > 0) {
      this.out.byte(0x40)
      this.out.unsigned(memory)
    } else this.out.byte(0)
    this.out.byte(0)
  }

  /**
   * Pays for having been entered, and for an allowance of `advance` units with it. Returns where the amount
   * is to be filled in, by `patchEntry`.
   */
  payEntry(advance: number): number {
    this.index(OP.globalGet, this.#fuelIndexes().global)
    this.out.byte(OP.i32Const)
    const at = this.out.length
    this.out.byte(0)
    this.out.byte(0)
    this.#spendGlobal()
    if (advance > 0) {
      this.constant(advance)
      this.set(this.temporary('allowance', TYPE.i32))
    }
    return at
  }

  /** Fills in the cost of entering: below 8192, in two bytes even when one would do. */
  patchEntry(at: number, units: number): void {
    this.out.patch(at, (units & 0x7f) | 0x80)
    this.out.patch(at + 1, units >>> 7)
  }

  /** Begins with an allowance of `units` instead of none. */
  credit(units: number): void {
    this.constant(units)
    this.set(this.temporary('allowance', TYPE.i32))
  }

  /** Pays `due` out of the allowance, which is a local: the global is touched once for many payments. */
  pay(due: number): void {
    const allowance = this.temporary('allowance', TYPE.i32)
    this.get(allowance)
    this.constant(due)
    this.#spend(allowance)
  }

  /**
   * Opens the blocks round a loop that move the call for more allowance out of it. With the call inside, the engine
   * would neither keep values in registers nor unroll the loop. `type` is its block type, without parameters.
   */
  openRestart(type: Uint8Array): void {
    const { out } = this
    out.byte(OP.block)
    out.copy(type)
    out.byte(OP.loop)
    out.copy(type)
    out.byte(OP.block)
    out.byte(TYPE.empty)
  }

  /** After the end of the loop: leads out, or takes more allowance and restarts it. */
  closeRestart(): void {
    const { out } = this
    const allowance = this.temporary('allowance', TYPE.i32)
    this.index(OP.br, 2)
    out.byte(OP.end)
    this.get(allowance)
    this.call(this.#fuelIndexes().take)
    this.set(allowance)
    this.index(OP.br, 0)
    out.byte(OP.end)
    out.byte(OP.end)
  }

  /** Pays `due`, then jumps back to the loop `depth` labels up, or restarts it when there is not enough. */
  payAndRepeat(due: number, depth: number): void {
    const allowance = this.temporary('allowance', TYPE.i32)
    this.get(allowance)
    this.constant(due)
    this.out.byte(OP.i32Sub)
    this.tee(allowance)
    this.constant(0)
    this.out.byte(OP.i32LtS)
    this.#unlikely.push(this.out.length)
    this.index(OP.brIf, depth + 1)
    this.index(OP.br, depth)
  }

  /** Pays for as many elements as the top operand says, and leaves it there. */
  payLength({ shift, most }: LengthPrice, wide: boolean): void {
    const { out } = this
    const length = this.temporary('length', wide ? TYPE.i64 : TYPE.i32)
    this.tee(length)
    this.globalGet(this.#fuelIndexes().global)
    this.get(length)
    if (wide) out.byte(OP.i32WrapI64)
    // More can only trap or fail, and as a number of 32 bits it might be less than nothing.
    this.get(length)
    this.number(most, wide)
    out.byte(wide ? OP.i64LeU : OP.i32LeU)
    out.byte(OP.i32Mul)
    this.#shift(shift)
    this.#spendGlobal()
  }

  /** To the left, or to the right when `by` is below zero. */
  #shift(by: number): void {
    this.constant(Math.abs(by))
    this.out.byte(by < 0 ? OP.i32ShrU : OP.i32Shl)
  }

  /** Takes `units` from the room; the guest traps when there is not as much. */
  takeRoom(room: number, units: number): void {
    const left = this.temporary('left', TYPE.i32)
    this.globalGet(room)
    this.constant(units)
    this.out.byte(OP.i32Sub)
    this.tee(left)
    this.globalSet(room)
    this.get(left)
    this.#ifNegative()
    this.out.byte(OP.unreachable)
    this.out.byte(OP.end)
  }

  /** Gives `units` back to the room. */
  giveRoom(room: number, units: number): void {
    this.globalGet(room)
    this.constant(units)
    this.out.byte(OP.i32Add)
    this.globalSet(room)
  }

  #spendGlobal(): void {
    const { global, ask } = this.#fuelIndexes()
    const left = this.temporary('left', TYPE.i32)
    this.out.byte(OP.i32Sub)
    this.tee(left)
    this.index(OP.globalSet, global)
    this.get(left)
    this.#ifNegative()
    this.call(ask)
    this.out.byte(OP.end)
  }

  #spend(allowance: number): void {
    this.out.byte(OP.i32Sub)
    this.tee(allowance)
    this.#ifNegative()
    this.get(allowance)
    this.call(this.#fuelIndexes().take)
    this.set(allowance)
    this.out.byte(OP.end)
  }

  #ifNegative(): void {
    this.constant(0)
    this.out.byte(OP.i32LtS)
    this.#unlikely.push(this.out.length)
    this.out.byte(OP.if)
    this.out.byte(TYPE.empty)
  }

  #fuelIndexes(): FuelIndexes {
    if (this.#fuel === undefined) throw new TypeError('Cannot pay: the module has no fuel')
    return this.#fuel
  }
}
