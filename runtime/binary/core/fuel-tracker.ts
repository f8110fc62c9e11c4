/**
 * Decides where a function pays for its execution, and how much.
 *
 * A function pays for its entry before it first calls anything that may lead back to it. From then on it pays when
 * the dearest path since the last payment reaches a bound, before each jump back in a loop, and for each bulk
 * operation in proportion to its length. Its callers pay for its work before the first payment. So for every guest
 * the work between two payments is bounded, and straight-line code pays once for many instructions. A payment resets
 * the dearest path on its own path only, and where paths meet the dearest one counts. So payments are hardly ever
 * less than the executed work, and often much more: a guest is charged for the slow path of a callee even when the
 * callee takes the fast one.
 *
 * @module
 */

import { OP } from './opcodes.ts'

/** Instructions for one unit of fuel. Finer, long paths would ask for more allowance too often. */
export const UNIT = 16
/** Instructions that may be executed without paying. Below it, branching code would pay too often. */
const MAX_UNPAID = 1024
/** Fuel that a function draws at once for its loops. More would charge short loops for work they do not do. */
export const ALLOWANCE = 512
/** Units that entering a function costs at most. */
const MAX_ENTRY_UNITS = 63
const MAX_ENTRY = MAX_ENTRY_UNITS * UNIT
/** A call saves registers and checks the stack. */
const CALL = 4
/** Instructions that an indirect call may lead to without their being paid for there. */
export const INDIRECT_CALL = 256
/** Callers pay for one of this many instructions: nearly all code that a call can reach is on slow paths not taken. */
const CALLEE_SHARE = 4
/** Units that the loops of a function may spend before they ask for an allowance: its callers paid for them. */
export const CREDIT = 16
/** In units: 20 µs were measured for a page that is added and then written for the first time, 2 of them to add it. */
const MEMORY_GROW_UNITS = 80_000
/** In units: 1 to 3 µs were measured for an exception that is caught one frame up, and 0.5 for each value in it. */
const THROW_UNITS = 200
const VALUE_UNITS = 20

export class FuelTracker {
  readonly #costOf: (index: number) => number
  readonly #valuesOf: (tag: number) => number
  // Cost of the dearest path minus payments; below zero when payments were too high.
  #unpaid = 0
  #dearestExit = 0
  readonly #joins: number[] = []
  // Unpaid cost at a loop's header; NaN for a block that is not a loop.
  readonly #headers: number[] = []

  /** `costOf` returns the fuel that the caller of a function pays for it, `valuesOf` the number of values of a tag. */
  constructor(costOf: (index: number) => number, valuesOf: (tag: number) => number) {
    this.#costOf = costOf
    this.#valuesOf = valuesOf
  }

  /** `paid` says how many instructions are up to the callers. */
  begin(paid: number): void {
    this.#unpaid = -paid / CALLEE_SHARE
    this.#dearestExit = -Infinity
    this.#joins.length = 0
    this.#headers.length = 0
    this.enter(false)
  }

  /** Entering the function is paid for here. */
  payEntry(): void {
    this.#unpaid -= MAX_ENTRY
  }

  /** The payment for entering, once the whole function was seen. */
  entry(): number {
    const dearest = this.#dearestExit === -Infinity ? 0 : this.#dearestExit
    return units(Math.max(CALL, Math.min(MAX_ENTRY, MAX_ENTRY + dearest)))
  }

  /** Accounts for an instruction that is about to run. Returns the payment due before it, or 0. */
  step(opcode: number, index: number): number {
    const detail =
      opcode === OP.throw
        ? this.#valuesOf(index)
        : (isCall(opcode) ? this.#costOf(index) : INDIRECT_CALL) / CALLEE_SHARE
    this.#unpaid += cost(opcode, detail)
    if (this.#unpaid < MAX_UNPAID) return 0
    const due = this.#unpaid
    this.#unpaid = 0
    return due
  }

  /** A block, loop or try begins. */
  enter(loop: boolean): void {
    this.#joins.push(-Infinity)
    this.#headers.push(loop ? this.#unpaid : NaN)
  }

  /** A branch `depth` labels up. Returns the payment due before it: 0 unless it jumps back. */
  branch(depth: number): number {
    const at = this.#joins.length - 1 - depth
    const header = this.#headers[at] ?? NaN
    if (Number.isNaN(header)) {
      this.#joins[at] = Math.max(this.#joins[at] ?? 0, this.#unpaid)
      return 0
    }
    const due = Math.max(1, this.#unpaid - header)
    this.#unpaid = Math.min(this.#unpaid, header)
    return due
  }

  /**
   * A handler of a `try_table` branches `depth` labels up, from anywhere inside, so the bound counts.
   * Returns the payment due before the `try_table`: 0 unless the handler jumps back.
   */
  branchByException(depth: number): number {
    const at = this.#joins.length - 1 - depth
    if (!Number.isNaN(this.#headers[at] ?? NaN)) return MAX_UNPAID
    this.#joins[at] = MAX_UNPAID
    return 0
  }

  /** The paths into the other half of the innermost block: `else`, with the unpaid cost at `if`. */
  otherwise(unpaid: number, reachable: boolean): void {
    this.#join(reachable)
    this.#unpaid = unpaid
  }

  /** A handler of a `try` begins. */
  handler(reachable: boolean): void {
    this.#join(reachable)
    this.#unpaid = MAX_UNPAID
  }

  get unpaid(): number {
    return this.#unpaid
  }

  /** An `if` ends: when it has no `else`, this path skipped it. */
  endIf(unpaid: number): void {
    const at = this.#joins.length - 1
    this.#joins[at] = Math.max(this.#joins[at] ?? 0, unpaid)
  }

  /**
   * The innermost block ends; `reachable` says whether its last instruction runs on into the end, `paid`
   * whether entering was paid for where it was opened.
   */
  end(reachable: boolean, paid: boolean): void {
    this.#join(reachable)
    const joined = this.#joins.pop() ?? 0
    this.#headers.pop()
    if (joined === -Infinity) return
    this.#unpaid = joined
    if (this.#joins.length === 0) this.exit(paid)
  }

  /** The function returns here. Without having called anything, it need not have been `paid` for. */
  exit(paid: boolean): void {
    if (paid) this.#dearestExit = Math.max(this.#dearestExit, this.#unpaid)
  }

  #join(reachable: boolean): void {
    const at = this.#joins.length - 1
    if (reachable) this.#joins[at] = Math.max(this.#joins[at] ?? 0, this.#unpaid)
  }
}

/** Fuel for as many instructions. */
export function units(instructions: number): number {
  return Math.ceil(instructions / UNIT)
}

function isCall(opcode: number): boolean {
  return opcode === OP.call || opcode === OP.returnCall
}

/**
 * The cost of one instruction: about its time, in units of an addition. `detail` is the cost of the callee for a call,
 * and the number of values for an exception that is thrown.
 */
export function cost(opcode: number, detail: number): number {
  switch (opcode) {
    case OP.call:
    case OP.returnCall:
    case OP.callIndirect:
    case OP.returnCallIndirect:
    case OP.callRef:
    case OP.returnCallRef:
      return CALL + detail
    case OP.throw:
      return (THROW_UNITS + detail * VALUE_UNITS) * UNIT
    case OP.throwRef:
    case OP.rethrow:
      return THROW_UNITS * UNIT
    case OP.memoryGrow:
      return MEMORY_GROW_UNITS * UNIT
    default:
      return 1
  }
}
