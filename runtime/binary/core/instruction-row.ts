/**
 * How a row of the table of instructions is written, and the rules that it gives.
 *
 * @module
 */

/**
 * Charges of an instruction beyond its own step. `memory`: bytes of the memory budget. `length`: fuel for as many
 * bytes or elements as its operand says. `size`: fuel for the size of the object it makes. `values`: fuel for the
 * values that it carries.
 */
export const CHARGES = ['memory', 'length', 'size', 'values'] as const
export type Charge = (typeof CHARGES)[number]

export type Rule =
  | { readonly verdict: 'allowed' }
  | { readonly verdict: 'charged'; readonly by: readonly Charge[] }
  /** A guest may have it in its code; it traps when it runs. */
  | { readonly verdict: 'traps'; readonly why: string }
  | { readonly verdict: 'refused'; readonly why: string }

/**
 * Instructions that follow each other: the code of the first, the names, how their immediates are encoded, how
 * many operands each takes and leaves, and the rule. `-` stands for a code without an instruction.
 */
export type Row = readonly [
  from: number,
  names: string,
  immediate: number,
  taken: number,
  left: number,
  rule?: Rule,
]
