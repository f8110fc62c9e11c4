/**
 * Counts how many exceptions one call of a function can hold at a time. The call is charged for this number.
 *
 * An exception lives in the heap of the engine while something refers to it. References to exceptions are not
 * allowed in tables, globals, objects, results of functions or other exceptions. So each reference is in a local or on
 * the operand stack of a call that has not returned. It got there from a handler that catches a reference, or as a
 * copy of a local. A `catch` of the older kind holds its exception until its end, to be rethrown.
 *
 * @module
 */
import type { Range } from './core-module.ts'
import type { InstructionReader } from './instruction-reader.ts'
import { OP } from './opcodes.ts'
import { holdsException } from './type-details.ts'

/** Which locals of a function may refer to exceptions: how many do, and whether one does. */
export interface ExceptionLocals {
  readonly count: number
  has(local: number): boolean
}

/** Locals in ranges, in order: a function can have fifty thousand. */
export class ExceptionRanges implements ExceptionLocals {
  readonly #ranges: { readonly from: number; readonly to: number }[] = []
  count = 0

  add(from: number, count: number): void {
    this.#ranges.push({ from, to: from + count })
    this.count += count
  }

  /** `params` are types of parameters, in `bytes`. */
  addParams(bytes: Uint8Array, params: readonly Range[]): void {
    for (const [i, param] of params.entries()) if (holdsException(bytes, param)) this.add(i, 1)
  }

  has(local: number): boolean {
    return this.#ranges.some(({ from, to }) => local >= from && local < to)
  }
}

export const NO_LOCALS: ExceptionLocals = { count: 0, has: () => false }

export class ExceptionCount {
  readonly #locals: ExceptionLocals
  /** References that the operand stack can hold: no more than instructions that put one there. */
  #operands = 0
  /** The last instruction put a copy there. */
  #copied = false
  /** Whether each open block is a handler of the older kind. */
  readonly #handlers: boolean[] = []
  #depth = 0
  #deepest = 0
  /** Whether it catches with `try`. */
  legacy = false

  constructor(locals: ExceptionLocals) {
    this.#locals = locals
  }

  get most(): number {
    return this.#locals.count + this.#operands + this.#deepest
  }

  note({ opcode, first, references }: InstructionReader): void {
    if (this.#copied) {
      // A copy that is thrown at once is still the exception of the local.
      if (opcode !== OP.throwRef) this.#operands++
      this.#copied = false
    }
    switch (opcode) {
      case OP.localGet:
      case OP.localTee:
        this.#copied = this.#locals.count > 0 && this.#locals.has(first)
        return
      case OP.tryTable:
        this.#operands += references
        this.#handlers.push(false)
        return
      case OP.try:
        this.legacy = true
        this.#handlers.push(false)
        return
      case OP.block:
      case OP.loop:
      case OP.if:
        this.#handlers.push(false)
        return
      case OP.catch:
      case OP.catchAll:
        return this.#catch()
      case OP.end:
      case OP.delegate:
        if (this.#handlers.pop() === true) this.#depth--
    }
  }

  #catch(): void {
    const last = this.#handlers.length - 1
    if (this.#handlers[last] === true) return
    this.#handlers[last] = true
    this.#deepest = Math.max(this.#deepest, ++this.#depth)
  }
}
