/**
 * Values across the border: of the engine to the canonical ABI (lower) and back (lift).
 *
 * A span is a pointer and a length, 8 bytes. Lifting gives back the memory the host allocated. Lowering fails
 * by returning false, with the exception in the context.
 *
 * @module
 */

import { heapAllocate, heapFree } from './heap.as'
import { allocate, context, field, mark, release, restore, runtime, SCRATCH } from './memory.as'
import {
  EXCEPTION,
  freeCString,
  freeValue,
  getElement,
  getLength,
  getUint8Array,
  hasException,
  integer,
  newArray,
  newNumber,
  newString,
  newUint8Array,
  NULL,
  toCString,
  toFloat64,
  UNDEFINED,
  Value,
} from './quickjs.as'
import { mendSurrogates } from './text.as'

export const HEADER_BYTES: usize = 16
const MESSAGE_BYTES: usize = 40
const VERDICT_BYTES: usize = 16
const MAX_LIST: usize = 0x1000000

export function lowerText(value: Value, span: usize): bool {
  const pointer = toCString(context(), field(SCRATCH), value, 0)
  if (pointer === 0) return false
  const length = load<usize>(field(SCRATCH))
  mendSurrogates(pointer, length)
  store<usize>(span, pointer)
  store<usize>(span, length, 4)
  return true
}

export function freeText(span: usize): void {
  freeCString(context(), load<usize>(span))
}

/** The span points into the array: valid until the engine runs again or the array is freed. */
export function lowerBytes(value: Value, span: usize): bool {
  const pointer = getUint8Array(context(), field(SCRATCH), value)
  if (pointer === 0 && hasException(context())) return false
  store<usize>(span, pointer)
  store<usize>(span, pointer === 0 ? 0 : load<usize>(field(SCRATCH)), 4)
  return true
}

/** Lowers an array of pairs of strings. `freeHeaders` frees its allocations. */
export function lowerHeaders(value: Value, span: usize): bool {
  if (getLength(context(), value, field(SCRATCH)) < 0) return false
  const count = <usize>load<i64>(field(SCRATCH))
  // Above it the size would wrap around.
  if (count > MAX_LIST) unreachable()
  const list = heapAllocate(runtime(), count * HEADER_BYTES + 1)
  store<usize>(span, list)
  store<usize>(span, 0, 4)
  if (list === 0) unreachable()
  for (let i: usize = 0; i < count; i++) {
    if (!lowerHeader(getElement(context(), value, <u32>i), list + i * HEADER_BYTES)) {
      freeHeaders(span)
      return false
    }
    store<usize>(span, i + 1, 4)
  }
  return true
}

export function freeHeaders(span: usize): void {
  const list = load<usize>(span)
  const end = list + load<usize>(span, 4) * HEADER_BYTES
  for (let at = list; at < end; at += 8) freeText(at)
  heapFree(runtime(), list)
}

/** Lowers an array of strings. `freeTextList` frees its allocations. */
export function lowerTextList(value: Value, span: usize): bool {
  if (getLength(context(), value, field(SCRATCH)) < 0) return false
  const count = <usize>load<i64>(field(SCRATCH))
  // Above it the size would wrap around.
  if (count > MAX_LIST) unreachable()
  const list = heapAllocate(runtime(), count * 8 + 1)
  store<usize>(span, list)
  store<usize>(span, 0, 4)
  if (list === 0) unreachable()
  for (let i: usize = 0; i < count; i++) {
    if (!lowerElement(value, <u32>i, list + i * 8)) {
      freeTextList(span)
      return false
    }
    store<usize>(span, i + 1, 4)
  }
  return true
}

export function freeTextList(span: usize): void {
  const list = load<usize>(span)
  const end = list + load<usize>(span, 4) * 8
  for (let at = list; at < end; at += 8) freeText(at)
  heapFree(runtime(), list)
}

/**
 * Puts the texts of a lowered list and an array of as many byte arrays side by side into `entries`, 16 bytes
 * each. Owns neither: the array has to be one that no script can change meanwhile.
 */
export function lowerEntries(texts: usize, values: Value, entries: usize): bool {
  const list = load<usize>(texts)
  const count = load<usize>(texts, 4)
  for (let i: usize = 0; i < count; i++) {
    const element = getElement(context(), values, <u32>i)
    if (element === EXCEPTION) return false
    const isLowered = lowerBytes(element, entries + i * 16 + 8)
    freeValue(context(), element)
    if (!isLowered) return false
    store<u64>(entries + i * 16, load<u64>(list + i * 8))
  }
  return true
}

export function lowerF64(value: Value, out: usize): bool {
  return toFloat64(context(), out, value) === 0
}

/** Rounded towards zero; a value out of range becomes the nearest number. */
export function lowerS64(value: Value, out: usize): bool {
  if (!lowerF64(value, out)) return false
  const number = load<f64>(out)
  store<i64>(out, number >= 9223372036854775807.0 ? i64.MAX_VALUE : number > -9223372036854775808.0 ? <i64>number : number === number ? i64.MIN_VALUE : 0)
  return true
}

/** As JavaScript's ToUint32, but a value out of range becomes 0 or the greatest number. */
export function lowerU32(value: Value, out: usize): bool {
  if (!lowerF64(value, field(SCRATCH))) return false
  const number = load<f64>(field(SCRATCH))
  store<u32>(out, number >= 4294967295.0 ? u32.MAX_VALUE : number > 0 ? <u32>number : 0)
  return true
}

/** The lower half of what `lowerU32` makes. */
export function lowerU16(value: Value, out: usize): bool {
  const number = field(SCRATCH) + 8
  if (!lowerU32(value, number)) return false
  store<u16>(out, load<u16>(number))
  return true
}

/** Lowers the index of a case of an enum of fewer than 256 cases. The caller has looked it up. */
export function lowerCase(value: Value, out: usize): bool {
  const number = field(SCRATCH) + 8
  if (!lowerU32(value, number)) return false
  store<u8>(out, load<u8>(number))
  return true
}

/** Lowers an array of handles. `freeHandles` frees its allocation. */
export function lowerHandles(value: Value, span: usize): bool {
  if (getLength(context(), value, field(SCRATCH)) < 0) return false
  const count = <usize>load<i64>(field(SCRATCH))
  // Above it the size would wrap around.
  if (count > MAX_LIST) unreachable()
  const list = heapAllocate(runtime(), count * 4 + 1)
  store<usize>(span, list)
  store<usize>(span, count, 4)
  if (list === 0) unreachable()
  for (let i: usize = 0; i < count; i++) {
    const element = getElement(context(), value, <u32>i)
    const isLowered = element !== EXCEPTION && lowerU32(element, list + i * 4)
    freeValue(context(), element)
    if (isLowered) continue
    freeHandles(span)
    return false
  }
  return true
}

/**
 * Lowers an array of numbers as a list of verdicts: -1 for `done`, -2 for `retry`, and milliseconds for `retry-after`.
 * `freeHandles` frees its allocation.
 */
export function lowerVerdicts(value: Value, span: usize): bool {
  if (getLength(context(), value, field(SCRATCH)) < 0) return false
  const count = <usize>load<i64>(field(SCRATCH))
  // Above it the size would wrap around.
  if (count > MAX_LIST) unreachable()
  const list = heapAllocate(runtime(), count * VERDICT_BYTES + 1)
  store<usize>(span, list)
  store<usize>(span, count, 4)
  if (list === 0) unreachable()
  for (let i: usize = 0; i < count; i++) {
    const at = list + i * VERDICT_BYTES
    const element = getElement(context(), value, <u32>i)
    const isLowered = element !== EXCEPTION && lowerF64(element, at + 8)
    freeValue(context(), element)
    if (isLowered) {
      const number = load<f64>(at, 8)
      store<u8>(at, number === -1 ? 0 : number >= 0 ? 2 : 1)
      continue
    }
    freeHandles(span)
    return false
  }
  return true
}

/** Lowers an array of two handles, side by side: the ends of a body that arrives. */
export function lowerEnds(value: Value, ends: usize): bool {
  for (let i: usize = 0; i < 2; i++) {
    const element = getElement(context(), value, <u32>i)
    const isLowered = element !== EXCEPTION && lowerU32(element, ends + i * 4)
    freeValue(context(), element)
    if (!isLowered) return false
  }
  return true
}

export function freeHandles(span: usize): void {
  heapFree(runtime(), load<usize>(span))
}

/** Whether an optional value is given. */
export function isThere(value: Value): bool {
  return value !== NULL && value !== UNDEFINED
}

/** An array of the handles of a list. */
export function liftHandles(list: usize, count: usize): Value {
  const top = mark()
  const values = allocate(count * 8)
  for (let i: usize = 0; i < count; i++) store<u64>(values + i * 8, integer(load<u32>(list + i * 4)))
  release(list, count)
  return finishArray(count, values, top)
}

export function liftText(pointer: usize, length: usize): Value {
  const value = newString(context(), pointer, length)
  release(pointer, length)
  return value
}

export function liftBytes(pointer: usize, length: usize): Value {
  const value = newUint8Array(context(), pointer, length)
  release(pointer, length)
  return value
}

export function liftTexts(list: usize, count: usize): Value {
  const top = mark()
  const values = allocate(count * 8)
  for (let i: usize = 0; i < count; i++) {
    store<u64>(values + i * 8, liftText(load<usize>(list + i * 8), load<usize>(list + i * 8, 4)))
  }
  release(list, count)
  return finishArray(count, values, top)
}

export function liftHeaders(list: usize, count: usize): Value {
  const top = mark()
  const values = allocate(count * 8)
  const pair = allocate(16)
  for (let i: usize = 0; i < count; i++) {
    const header = list + i * HEADER_BYTES
    store<u64>(pair, liftText(load<usize>(header), load<usize>(header, 4)))
    store<u64>(pair, liftText(load<usize>(header, 8), load<usize>(header, 12)), 8)
    store<u64>(values + i * 8, arrayOf(2, pair))
  }
  release(list, count)
  return finishArray(count, values, top)
}

/** Lifts the headers that `span` shows, once: then it shows none. */
export function takeHeadersAt(span: usize): Value {
  const count = load<usize>(span, 4)
  store<usize>(span, 0, 4)
  return liftHeaders(load<usize>(span), count)
}

/** Gives back headers that were never lifted. */
export function releaseHeaders(span: usize): void {
  const list = load<usize>(span)
  const count = load<usize>(span, 4)
  store<usize>(span, 0, 4)
  for (let at = list; at < list + count * HEADER_BYTES; at += 8) {
    release(load<usize>(at), load<usize>(at, 4))
  }
  release(list, count)
}

/** Lifts a list of optional byte arrays: 12 bytes each; an absent one becomes null. */
export function liftOptionalBytesList(list: usize, count: usize): Value {
  const top = mark()
  const values = allocate(count * 8)
  for (let i: usize = 0; i < count; i++) {
    const at = list + i * 12
    const value = load<u8>(at) === 0 ? NULL : liftBytes(load<usize>(at, 4), load<usize>(at, 8))
    store<u64>(values + i * 8, value)
  }
  release(list, count)
  return finishArray(count, values, top)
}

/** Lifts the messages of a queue: an array of [id, time it was sent, attempt, content type or null, body] for each. */
export function liftMessages(list: usize, count: usize): Value {
  const top = mark()
  const values = allocate(count * 8)
  const parts = allocate(40)
  for (let i: usize = 0; i < count; i++) {
    const at = list + i * MESSAGE_BYTES
    store<u64>(parts, liftText(load<usize>(at), load<usize>(at, 4)))
    store<u64>(parts, newNumber(context(), load<f64>(at, 8)), 8)
    store<u64>(parts, newNumber(context(), <f64>load<u32>(at, 16)), 16)
    store<u64>(parts, load<u8>(at, 20) === 0 ? NULL : liftText(load<usize>(at, 24), load<usize>(at, 28)), 24)
    store<u64>(parts, liftBytes(load<usize>(at, 32), load<usize>(at, 36)), 32)
    store<u64>(values + i * 8, arrayOf(5, parts))
  }
  release(list, count)
  return finishArray(count, values, top)
}

/** Takes ownership of the values. */
export function arrayOf(count: usize, values: usize): Value {
  for (let i: usize = 0; i < count; i++) {
    if (load<u64>(values + i * 8) === EXCEPTION) return EXCEPTION
  }
  return newArray(context(), <i32>count, values)
}

/** Lowers `[name, value]` and frees it: the strings outlive it by their own references. */
function lowerHeader(pair: Value, spans: usize): bool {
  if (pair === EXCEPTION) return false
  const isLowered = lowerElement(pair, 0, spans)
  if (isLowered && !lowerElement(pair, 1, spans + 8)) {
    freeText(spans)
    freeValue(context(), pair)
    return false
  }
  freeValue(context(), pair)
  return isLowered
}

function lowerElement(pair: Value, index: u32, span: usize): bool {
  const element = getElement(context(), pair, index)
  if (element === EXCEPTION) return false
  const isLowered = lowerText(element, span)
  freeValue(context(), element)
  return isLowered
}

function finishArray(count: usize, values: usize, top: usize): Value {
  const array = arrayOf(count, values)
  release(values, count * 8)
  restore(top)
  return array
}
