/**
 * A type compiled to closures: made once a shape, used by every slot through its context.
 *
 * `load` and `store` do not check their pointer: the caller checked a range that includes the value.
 *
 * @module
 */

import type { AbiContext } from './context.ts'

export type FlatType = 'i32' | 'i64' | 'f32' | 'f64'
export type FlatValue = number | bigint

export interface Codec {
  readonly size: number
  readonly alignment: number
  /** The core values this type becomes when it is not in memory. */
  readonly flat: readonly FlatType[]
  /** Whether a borrow is inside: calls with it need a scope. */
  readonly borrows: boolean
  /** From memory. */
  readonly load: (context: AbiContext, pointer: number) => unknown
  /** Into memory the caller has claimed. */
  readonly store: (context: AbiContext, pointer: number, value: unknown) => void
  /** From core values, beginning with `flat[at]`. */
  readonly lift: (context: AbiContext, flat: readonly FlatValue[], at: number) => unknown
  /** To core values: assigns `flat[at]` and the elements after it. */
  readonly lower: (context: AbiContext, value: unknown, flat: FlatValue[], at: number) => void
}

/** Rounds `offset` up to a multiple of `alignment`, a power of two. */
export function alignTo(offset: number, alignment: number): number {
  return (offset + alignment - 1) & -alignment
}
