/**
 * Constant expressions: skipped, renumbered for a rewritten module, and evaluated by the host for the
 * data segments that rewriting takes out.
 *
 * @module
 */

import type { ByteReader } from '../reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { Range } from './core-module.ts'
import { InstructionReader } from './instruction-reader.ts'
import { OP } from './opcodes.ts'

/** How indexes of functions and globals shift when imports are added. */
export interface Renumbering {
  func(index: number): number
  global(index: number): number
}

/** One step of an address on a stack machine, as plain data. */
export type AddressStep =
  | { readonly kind: 'constant'; readonly value: bigint; readonly wide: boolean }
  | { readonly kind: 'global'; readonly index: number }
  | { readonly kind: 'add' | 'subtract' | 'multiply' }

/** Moves past a constant expression and its `end`. */
export function skipConstantExpression(reader: ByteReader): void {
  const instructions = new InstructionReader(reader.bytes, reader.offset, reader.end)
  while (instructions.next()) if (instructions.opcode === OP.end) break
  reader.skip(instructions.position - reader.offset)
}

/** Copies the expression in `range` with its indexes renumbered. */
export function renumberExpression(
  bytes: Uint8Array,
  range: Range,
  numbering: Renumbering,
  out: ByteWriter,
): void {
  const instructions = new InstructionReader(bytes, range.start, range.end)
  while (instructions.next()) {
    const { opcode, first, start, position } = instructions
    if (opcode === OP.globalGet || opcode === OP.refFunc) {
      out.byte(opcode)
      out.unsigned(opcode === OP.refFunc ? numbering.func(first) : numbering.global(first))
    } else out.copy(bytes, start, position)
  }
}

/** Reads the integer expression in `range`: the offset of a data segment. */
export function readAddress(bytes: Uint8Array, range: Range): AddressStep[] {
  const instructions = new InstructionReader(bytes, range.start, range.end)
  const steps: AddressStep[] = []
  while (instructions.next()) {
    switch (instructions.opcode) {
      case OP.i32Const:
      case OP.i64Const: {
        const wide = instructions.opcode === OP.i64Const
        steps.push({ kind: 'constant', value: instructions.constant(), wide })
        break
      }
      case OP.globalGet:
        steps.push({ kind: 'global', index: instructions.first })
        break
      case OP.i32Add:
      case OP.i64Add:
        steps.push({ kind: 'add' })
        break
      case OP.i32Sub:
      case OP.i64Sub:
        steps.push({ kind: 'subtract' })
        break
      case OP.i32Mul:
      case OP.i64Mul:
        steps.push({ kind: 'multiply' })
    }
  }
  return steps
}

/** Evaluates a result of `readAddress`. `global` returns the value of an immutable global. */
export function evaluateAddress(
  steps: readonly AddressStep[],
  global: (index: number) => number | bigint,
): number {
  const stack: bigint[] = []
  const pop = (): bigint => stack.pop() ?? 0n
  let bits = 32
  for (const step of steps) {
    switch (step.kind) {
      case 'constant':
        if (step.wide) bits = 64
        stack.push(step.value)
        break
      case 'global': {
        const value = global(step.index)
        if (typeof value === 'bigint') bits = 64
        stack.push(BigInt(value))
        break
      }
      case 'add':
        stack.push(pop() + pop())
        break
      case 'subtract':
        stack.push(-pop() + pop())
        break
      case 'multiply':
        stack.push(pop() * pop())
    }
  }
  return Number(BigInt.asUintN(bits, pop()))
}
