/**
 * Elements of a stream or future: in memory one behind the other, on the JavaScript side typed arrays or arrays.
 *
 * @module
 */

import type { Codec } from './codec.ts'
import type { Elements, Values } from './context.ts'
import { elementBytes, runOf } from './list-codec.ts'
import { mismatch } from './trap.ts'
import { contains, type ValueType } from './types.ts'

/** How many elements `values` are. */
export function countOf(values: Values): number {
  return typeof values === 'number' ? values : values.length
}

export function elementsOf(codec: Codec | undefined, type: ValueType | undefined): Elements {
  if (codec === undefined || type === undefined) return COUNTED
  const run = runOf(codec, type)
  return {
    size: codec.size,
    alignment: codec.alignment,
    plain: NUMBERS.has(type.kind),
    selfContained: !contains(type, REACHING),
    weight: elementBytes(codec, type),
    load: (context, pointer, length) => run.load(context, pointer, length) as ArrayLike<unknown>, // As its type says
    store: (context, pointer, values, length) =>
      run.store(context, pointer, values as ArrayLike<unknown>, length), // Only counted elements are a number
    accept: (chunk) => run.accept(isRun(chunk) ? chunk : [chunk]),
    slice: (values, start, end) =>
      ArrayBuffer.isView(values)
        ? (values as Uint8Array).subarray(start, end) // Or another typed array
        : Array.prototype.slice.call(values, start, end),
  }
}

const NUMBERS: ReadonlySet<string> = new Set('u8 u16 u32 u64 s8 s16 s32 s64 f32 f64'.split(' '))
const REACHING: ReadonlySet<string> = new Set(
  'string list map own borrow stream future error-context'.split(' '),
)

// The most elements that one operation of the canonical ABI passes.
const MAX_COUNT = 2 ** 28 - 1

const COUNTED: Elements = {
  size: 0,
  alignment: 1,
  plain: true,
  selfContained: true,
  weight: 0,
  load: (_context, _pointer, length) => length,
  store() {},
  accept: (chunk) =>
    typeof chunk === 'number' && chunk >= 0 && chunk <= MAX_COUNT && Number.isInteger(chunk)
      ? chunk
      : mismatch('number of elements', chunk),
  slice: (_values, start, end) => end - start,
}

function isRun(chunk: unknown): boolean {
  return Array.isArray(chunk) || (ArrayBuffer.isView(chunk) && !(chunk instanceof DataView))
}
