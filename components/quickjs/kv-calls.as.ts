/**
 * Functions for scripts that use the stores in the manifest.
 *
 * @module
 */

import * as host from './host.gen.as'
import { argument, failure, freeTexts, lowerTexts, toU32 } from './calls.as'
import { allocate, context, release } from './memory.as'
import { EXCEPTION, FALSE, newNumber, NULL, TRUE, UNDEFINED, Value } from './quickjs.as'
import {
  arrayOf, freeTextList, liftBytes, liftOptionalBytesList, liftText, liftTexts, lowerBytes, lowerEntries, lowerNumber,
  lowerText, lowerTextList,
} from './values.as'

const OUT_BYTES: usize = 32

export function kvGet(values: usize): Value {
  const spans = allocate(16)
  const out = allocate(OUT_BYTES)
  if (!lowerTexts(values, 2, spans)) return EXCEPTION
  host.kvGet(load<usize>(spans), load<usize>(spans, 4), load<usize>(spans, 8), load<usize>(spans, 12), out)
  freeTexts(spans, 2)
  if (load<u8>(out) !== 0) return failure(host.KV, load<u8>(out, 4))
  return load<u8>(out, 4) === 0 ? NULL : liftBytes(load<usize>(out, 8), load<usize>(out, 12))
}

export function kvSet(values: usize): Value {
  const spans = allocate(24)
  const out = allocate(OUT_BYTES)
  if (!lowerTexts(values, 2, spans)) return EXCEPTION
  if (!lowerBytes(argument(values, 2), spans + 16)) return freeTexts(spans, 2)
  host.kvSet(load<usize>(spans), load<usize>(spans, 4), load<usize>(spans, 8), load<usize>(spans, 12), load<usize>(spans, 16), load<usize>(spans, 20), out)
  freeTexts(spans, 2)
  return load<u8>(out) === 0 ? UNDEFINED : failure(host.KV, load<u8>(out, 1))
}

export function kvDelete(values: usize): Value {
  const spans = allocate(16)
  const out = allocate(OUT_BYTES)
  if (!lowerTexts(values, 2, spans)) return EXCEPTION
  host.kvDelete(load<usize>(spans), load<usize>(spans, 4), load<usize>(spans, 8), load<usize>(spans, 12), out)
  freeTexts(spans, 2)
  return load<u8>(out) === 0 ? UNDEFINED : failure(host.KV, load<u8>(out, 1))
}

/** (store, prefix, cursor or null or undefined, limit): an array of keys and cursor. */
export function kvKeys(values: usize): Value {
  const spans = allocate(24)
  const out = allocate(OUT_BYTES)
  const cursor = argument(values, 2)
  const hasCursor = cursor !== NULL && cursor !== UNDEFINED
  if (!lowerNumber(argument(values, 3), out)) return EXCEPTION
  const limit = toU32(load<f64>(out))
  if (!lowerTexts(values, hasCursor ? 3 : 2, spans)) return EXCEPTION
  host.kvKeys(load<usize>(spans), load<usize>(spans, 4), load<usize>(spans, 8), load<usize>(spans, 12), hasCursor ? 1 : 0, hasCursor ? load<usize>(spans, 16) : 0, hasCursor ? load<usize>(spans, 20) : 0, limit, out)
  freeTexts(spans, hasCursor ? 3 : 2)
  if (load<u8>(out) !== 0) return failure(host.KV, load<u8>(out, 4))
  const page = allocate(16)
  store<u64>(page, liftTexts(load<usize>(out, 4), load<usize>(out, 8)))
  store<u64>(page, load<u8>(out, 12) === 0 ? NULL : liftText(load<usize>(out, 16), load<usize>(out, 20)), 8)
  return arrayOf(2, page)
}

export function kvIncrement(values: usize): Value {
  const spans = allocate(16)
  const out = allocate(OUT_BYTES)
  if (!lowerNumber(argument(values, 2), out)) return EXCEPTION
  const delta = <i64>load<f64>(out)
  if (!lowerTexts(values, 2, spans)) return EXCEPTION
  host.kvIncrement(load<usize>(spans), load<usize>(spans, 4), load<usize>(spans, 8), load<usize>(spans, 12), delta, out)
  freeTexts(spans, 2)
  return load<u8>(out) === 0 ? newNumber(context(), <f64>load<i64>(out, 8)) : failure(host.KV, load<u8>(out, 8))
}

/** (store, key, value, ttlMs) */
export function kvPut(values: usize): Value {
  const spans = allocate(24)
  const out = allocate(OUT_BYTES)
  if (!lowerNumber(argument(values, 3), out + 8)) return EXCEPTION
  const ttlMs = load<f64>(out, 8)
  if (!lowerTexts(values, 2, spans)) return EXCEPTION
  if (!lowerBytes(argument(values, 2), spans + 16)) return freeTexts(spans, 2)
  host.kvPut(load<usize>(spans), load<usize>(spans, 4), load<usize>(spans, 8), load<usize>(spans, 12), load<usize>(spans, 16), load<usize>(spans, 20), ttlMs, out)
  freeTexts(spans, 2)
  return load<u8>(out) === 0 ? UNDEFINED : failure(host.KV, load<u8>(out, 1))
}

/** (store, key, expected, value, ttlMs), the last three or null or undefined */
export function kvCompareAndSet(values: usize): Value {
  const spans = allocate(32)
  const out = allocate(OUT_BYTES)
  const hasExpected = isThere(argument(values, 2))
  const hasValue = isThere(argument(values, 3))
  const hasTtl = isThere(argument(values, 4))
  store<f64>(out, 0, 8)
  if (hasTtl && !lowerNumber(argument(values, 4), out + 8)) return EXCEPTION
  const ttlMs = load<f64>(out, 8)
  memory.fill(spans + 16, 0, 16)
  if (!lowerTexts(values, 2, spans)) return EXCEPTION
  if (hasExpected && !lowerBytes(argument(values, 2), spans + 16)) return freeTexts(spans, 2)
  if (hasValue && !lowerBytes(argument(values, 3), spans + 24)) return freeTexts(spans, 2)
  host.kvCompareAndSet(
    load<usize>(spans), load<usize>(spans, 4), load<usize>(spans, 8), load<usize>(spans, 12),
    hasExpected ? 1 : 0, load<usize>(spans, 16), load<usize>(spans, 20),
    hasValue ? 1 : 0, load<usize>(spans, 24), load<usize>(spans, 28),
    hasTtl ? 1 : 0, ttlMs, out,
  )
  freeTexts(spans, 2)
  return load<u8>(out) === 0 ? (load<u8>(out, 1) !== 0 ? TRUE : FALSE) : failure(host.KV, load<u8>(out, 1))
}

/** (store, keys): an array of values and nulls. */
export function kvGetMany(values: usize): Value {
  const spans = allocate(16)
  const out = allocate(OUT_BYTES)
  if (!lowerText(argument(values, 0), spans)) return EXCEPTION
  if (!lowerTextList(argument(values, 1), spans + 8)) return freeTexts(spans, 1)
  host.kvGetMany(load<usize>(spans), load<usize>(spans, 4), load<usize>(spans, 8), load<usize>(spans, 12), out)
  freeTextList(spans + 8)
  freeTexts(spans, 1)
  if (load<u8>(out) !== 0) return failure(host.KV, load<u8>(out, 4))
  return liftOptionalBytesList(load<usize>(out, 4), load<usize>(out, 8))
}

/** (store, keys, as many values) */
export function kvSetMany(values: usize): Value {
  const spans = allocate(24)
  const out = allocate(OUT_BYTES)
  if (!lowerText(argument(values, 0), spans)) return EXCEPTION
  if (!lowerTextList(argument(values, 1), spans + 8)) return freeTexts(spans, 1)
  const count = load<usize>(spans, 12)
  const entries = allocate(count * 16)
  if (!lowerEntries(spans + 8, argument(values, 2), entries)) {
    release(entries, count * 16)
    freeTextList(spans + 8)
    return freeTexts(spans, 1)
  }
  host.kvSetMany(load<usize>(spans), load<usize>(spans, 4), entries, count, out)
  release(entries, count * 16)
  freeTextList(spans + 8)
  freeTexts(spans, 1)
  return load<u8>(out) === 0 ? UNDEFINED : failure(host.KV, load<u8>(out, 1))
}

/** (store, keys) */
export function kvDeleteMany(values: usize): Value {
  const spans = allocate(16)
  const out = allocate(OUT_BYTES)
  if (!lowerText(argument(values, 0), spans)) return EXCEPTION
  if (!lowerTextList(argument(values, 1), spans + 8)) return freeTexts(spans, 1)
  host.kvDeleteMany(load<usize>(spans), load<usize>(spans, 4), load<usize>(spans, 8), load<usize>(spans, 12), out)
  freeTextList(spans + 8)
  freeTexts(spans, 1)
  return load<u8>(out) === 0 ? UNDEFINED : failure(host.KV, load<u8>(out, 1))
}

function isThere(value: Value): bool {
  return value !== NULL && value !== UNDEFINED
}
