/**
 * Decides where a function pays for what it executes, and how much.
 *
 * A function pays on entry, and from then on whenever the dearest path since the last payment reaches a
 * bound, before each jump back in a loop, and in proportion to its length for each bulk operation. So the
 * work between two payments is bounded, whatever the guest does, and straight-line code pays once for many
 * instructions. The dearest path is exact: a payment resets it on its own path only, and where paths meet
 * the dearest one counts. Payments are never less than what was executed.
 *
 * @module
 */

import { OP } from './opcodes.ts'

/** Instructions that may be executed without paying. Below it, branching code would pay too often. */
const MAX_UNPAID = 256
/** What entering a function costs at most; one byte as a signed LEB128, so that it can be filled in later. */
export const MAX_ENTRY = 63
/** A call saves registers and checks the stack. */
const CALL = 4
/** An indirect call also checks a signature; it may lead to a function that does not pay itself. */
const INDIRECT_CALL = 10
/** The engine changes page tables. */
const MEMORY_GROW = 1000

export class FuelTracker {
  readonly #exempt: (index: number) => number
  // What the dearest path costs beyond the entry; starts below zero since the entry was paid for.
  #unpaid = 0
  #dearestExit = 0
  readonly #joins: number[] = []
  // Unpaid cost at a loop's header, or NaN for what is no loop.
  readonly #headers: number[] = []

  /** `exempt` returns what a function costs that does not pay itself, or 0. */
  constructor(exempt: (index: number) => number) {
    this.#exempt = exempt
  }

  begin(): void {
    this.#unpaid = -MAX_ENTRY
    this.#dearestExit = -Infinity
    this.#joins.length = 0
    this.#headers.length = 0
    this.enter(false)
  }

  /** What to pay on entry, once the whole function was seen. */
  entry(): number {
    const dearest = this.#dearestExit === -Infinity ? 0 : this.#dearestExit
    return Math.max(CALL, Math.min(MAX_ENTRY, MAX_ENTRY + dearest))
  }

  /** Accounts for an instruction that is about to run. Returns what to pay before it, or 0. */
  step(opcode: number, index: number): number {
    this.#unpaid += cost(opcode, opcode === OP.call ? this.#exempt(index) : 0)
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

  /** A branch `depth` labels up. Returns what to pay before it: something when it goes back, else 0. */
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
   * Returns what to pay before the `try_table`: something when the handler goes back, else 0.
   */
  branchByException(depth: number): number {
    const at = this.#joins.length - 1 - depth
    if (!Number.isNaN(this.#headers[at] ?? NaN)) return MAX_UNPAID
    this.#joins[at] = MAX_UNPAID
    return 0
  }

  /** The paths into the other half of the innermost block: `else`, with what was unpaid at `if`. */
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

  /** The innermost block ends; `reachable` says whether its last instruction runs on into the end. */
  end(reachable: boolean): void {
    this.#join(reachable)
    const joined = this.#joins.pop() ?? 0
    this.#headers.pop()
    if (this.#joins.length === 0) this.#dearestExit = Math.max(this.#dearestExit, joined)
    if (joined !== -Infinity) this.#unpaid = joined
  }

  /** The function returns here. */
  exit(): void {
    this.#dearestExit = Math.max(this.#dearestExit, this.#unpaid)
  }

  #join(reachable: boolean): void {
    const at = this.#joins.length - 1
    if (reachable) this.#joins[at] = Math.max(this.#joins[at] ?? 0, this.#unpaid)
  }
}

/** What one instruction costs: about what it takes, in units of an addition. */
export function cost(opcode: number, exempt: number): number {
  switch (opcode) {
    case OP.call:
      return CALL + exempt
    case OP.returnCall:
    case OP.throw:
      return CALL
    case OP.callIndirect:
    case OP.returnCallIndirect:
    case OP.callRef:
    case OP.returnCallRef:
      return INDIRECT_CALL
    case OP.memoryGrow:
      return MEMORY_GROW
    default:
      return 1
  }
}
