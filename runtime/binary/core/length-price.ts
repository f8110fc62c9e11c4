/**
 * The price of instructions whose operand sets the amount of work.
 *
 * Measured with V8 14: a unit of fuel is 5 to 10 ns of the densest code. Filling and copying memory takes 0.2 to
 * 0.5 ns a byte. An element of a table takes 10 to 40 ns, or up to 200 ns when the table grows by it. An element of an
 * array takes up to 4 ns.
 *
 * @module
 */
import { OP } from './opcodes.ts'

export interface LengthPrice {
  /** Units of fuel for an element, as a shift: 2 is four units for one, -2 one unit for four. */
  readonly shift: number
  /** Longer ones trap or fail before they do anything, and cost nothing. */
  readonly most: number
}

// V8 has no table or array with more elements.
const MOST_ELEMENTS = 2 ** 27

/** Bytes that a write to a memory does for one unit of fuel, as a shift. `bulk-functions.ts` has it paid. */
export const WRITTEN_BYTES_SHIFT = 6

const ARRAY: LengthPrice = { shift: -2, most: MOST_ELEMENTS }
const TABLE: LengthPrice = { shift: 2, most: MOST_ELEMENTS }
const TABLE_GROWTH: LengthPrice = { shift: 4, most: 2 ** 24 }

const PRICES: ReadonlyMap<number, LengthPrice> = new Map([
  [OP.tableInit, TABLE],
  [OP.tableCopy, TABLE],
  [OP.tableFill, TABLE],
  [OP.tableGrow, TABLE_GROWTH],
  [OP.arrayFill, ARRAY],
  [OP.arrayCopy, ARRAY],
  [OP.arrayInitData, ARRAY],
  [OP.arrayInitElem, ARRAY],
])

/** Returns the price of `opcode`, if its operand sets the amount of work. Bulk writes (`isBulkWrite`) have none. */
export function priceOf(opcode: number): LengthPrice | undefined {
  return opcode < OP.arrayFill ? undefined : PRICES.get(opcode)
}
