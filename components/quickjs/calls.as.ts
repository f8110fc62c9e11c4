/**
 * Functions for scripts: the imports of the world, the answer to a request, and text codecs.
 *
 * Each takes its arguments as they stand in the call (the engine pads missing ones with undefined) and
 * converts them as JavaScript would, so no argument traps. An error case is thrown as an error that a function of the
 * prelude makes. Stores and tools have separate files.
 * Still longer than other files: it has many similar calls, and the conversions of their arguments.
 *
 * @module
 */

import * as host from './host.gen.as'
import {
  allocate, ANSWER, BODY, context, FAILURE, field, HEADERS, release, RESULT, runtime,
} from './memory.as'
import {
  call, dupValue, EXCEPTION, executePendingJob, freeValue, FULFILLED, getElement, getException, getLength, integer,
  isString, newNumber, newString, newUint8Array, NULL, promiseResult, promiseState, throwValue, UNDEFINED, Value,
} from './quickjs.as'
import { isUtf8, latin1ToUtf8 } from './text.as'
import {
  arrayOf, freeHeaders, freeText, liftBytes, liftHeaders, liftText, lowerBytes, lowerHeaders, lowerNumber, lowerText,
  takeHeadersAt,
} from './values.as'

// Values of `ANSWER`.
export const ANSWER_RESPONSE: i32 = 1
export const ANSWER_FAILURE: i32 = 2
/** A response with a text as body. */
export const ANSWER_TEXT: i32 = 3

const OUT_BYTES: usize = 32

/** (status, headers, body): the first answer counts. A body that is a text is sent in UTF-8. */
export function respond(values: usize): Value {
  const result = field(RESULT)
  const number = allocate(8)
  if (load<i32>(field(ANSWER)) !== 0) return UNDEFINED
  if (!lowerNumber(argument(values, 0), number)) return EXCEPTION
  if (!lowerHeaders(argument(values, 1), result + 8)) return EXCEPTION
  const isText = isString(argument(values, 2))
  if (!(isText ? lowerText(argument(values, 2), result + 16) : lowerBytes(argument(values, 2), result + 16))) {
    freeHeaders(result + 8)
    return EXCEPTION
  }
  store<u8>(result, 0)
  store<u16>(result, <u16>toU32(load<f64>(number)), 4)
  if (!isText) store<u64>(field(BODY), dupValue(context(), argument(values, 2)))
  store<i32>(field(ANSWER), isText ? ANSWER_TEXT : ANSWER_RESPONSE)
  return UNDEFINED
}

/** (message) */
export function fail(values: usize): Value {
  if (load<i32>(field(ANSWER)) !== 0) return UNDEFINED
  if (!lowerText(argument(values, 0), field(RESULT) + 4)) return EXCEPTION
  store<u8>(field(RESULT), 1)
  store<i32>(field(ANSWER), ANSWER_FAILURE)
  return UNDEFINED
}

export function logWrite(values: usize): Value {
  const level = allocate(8)
  const message = allocate(8)
  if (!lowerNumber(argument(values, 0), level)) return EXCEPTION
  if (!lowerText(argument(values, 1), message)) return EXCEPTION
  host.logWrite(toU32(load<f64>(level)) & 3, load<usize>(message), load<usize>(message, 4))
  freeText(message)
  return UNDEFINED
}

export function configGet(values: usize): Value {
  const key = allocate(8)
  const out = allocate(OUT_BYTES)
  if (!lowerText(argument(values, 0), key)) return EXCEPTION
  host.configGet(load<usize>(key), load<usize>(key, 4), out)
  freeText(key)
  return load<u8>(out) === 0 ? NULL : liftText(load<usize>(out, 4), load<usize>(out, 8))
}

export function configAll(_values: usize): Value {
  const out = allocate(OUT_BYTES)
  host.configAll(out)
  return liftHeaders(load<usize>(out), load<usize>(out, 4))
}

export function clockNow(_values: usize): Value {
  return newNumber(context(), host.clockNow())
}

export function clockMonotonic(_values: usize): Value {
  return newNumber(context(), host.clockMonotonic())
}

export function randomNext(_values: usize): Value {
  return newNumber(context(), <f64>host.randomNext())
}

/** 53 random bits, as Math.random promises. */
export function randomFraction(_values: usize): Value {
  return newNumber(context(), <f64>(host.randomNext() >>> 11) * (1.0 / 9007199254740992.0))
}

export function randomBytes(values: usize): Value {
  const out = allocate(OUT_BYTES)
  if (!lowerNumber(argument(values, 0), out)) return EXCEPTION
  host.randomBytes(toU32(load<f64>(out)), out)
  return liftBytes(load<usize>(out), load<usize>(out, 4))
}

/** (pending, timeoutMs or null or undefined) */
export function pollAny(values: usize): Value {
  const out = allocate(OUT_BYTES)
  const timeout = argument(values, 1)
  const hasTimeout = timeout !== NULL && timeout !== UNDEFINED
  if (hasTimeout && !lowerNumber(timeout, out + 8)) return EXCEPTION
  if (getLength(context(), argument(values, 0), out) < 0) return EXCEPTION
  const count = <usize>load<i64>(out)
  const pending = allocate(count * 4)
  for (let i: usize = 0; i < count; i++) {
    // Numbers from `http.start` own no memory, and every other value is converted to a number.
    const element = getElement(context(), argument(values, 0), <u32>i)
    const isNumber = element !== EXCEPTION && lowerNumber(element, out + 16)
    freeValue(context(), element)
    if (!isNumber) {
      release(pending, count * 4)
      return EXCEPTION
    }
    store<u32>(pending + i * 4, toU32(load<f64>(out, 16)))
  }
  host.pollAny(pending, count, hasTimeout ? 1 : 0, hasTimeout ? load<f64>(out, 8) : 0, out)
  release(pending, count * 4)
  return load<u8>(out) === 0 ? NULL : newNumber(context(), <f64>load<u32>(out, 4))
}

export function httpSend(values: usize): Value {
  return httpRequest(values, true)
}

export function httpStart(values: usize): Value {
  return httpRequest(values, false)
}

/** (method, url, headers, body): the response, or with `waits` false the number that stands for it. */
function httpRequest(values: usize, waits: bool): Value {
  const request = allocate(32)
  const out = allocate(OUT_BYTES)
  if (!lowerTexts(values, 2, request)) return EXCEPTION
  if (!lowerHeaders(argument(values, 2), request + 16)) return freeTexts(request, 2)
  if (!lowerBytes(argument(values, 3), request + 24)) {
    freeHeaders(request + 16)
    return freeTexts(request, 2)
  }
  const method = load<usize>(request)
  const url = load<usize>(request, 8)
  const headers = load<usize>(request, 16)
  const body = load<usize>(request, 24)
  if (waits) host.httpSend(method, load<usize>(request, 4), url, load<usize>(request, 12), headers, load<usize>(request, 20), body, load<usize>(request, 28), out)
  else host.httpStart(method, load<usize>(request, 4), url, load<usize>(request, 12), headers, load<usize>(request, 20), body, load<usize>(request, 28), out)
  freeHeaders(request + 16)
  freeTexts(request, 2)
  if (load<u8>(out) !== 0) return failure(host.HTTP, load<u8>(out, 4))
  return waits ? liftResponse(out + 4) : newNumber(context(), <f64>load<u32>(out, 4))
}

export function httpTake(values: usize): Value {
  const out = allocate(OUT_BYTES)
  if (!lowerNumber(argument(values, 0), out)) return EXCEPTION
  host.httpTake(toU32(load<f64>(out)), out)
  return load<u8>(out) === 0 ? liftResponse(out + 4) : failure(host.HTTP, load<u8>(out, 4))
}

export function httpCancel(values: usize): Value {
  const number = allocate(8)
  if (!lowerNumber(argument(values, 0), number)) return EXCEPTION
  host.httpCancel(toU32(load<f64>(number)))
  return UNDEFINED
}

export function responseBodyStart(values: usize): Value {
  const headers = allocate(8)
  const out = allocate(OUT_BYTES)
  if (!lowerNumber(argument(values, 0), out)) return EXCEPTION
  const status = toU32(load<f64>(out)) & 0xffff
  if (!lowerHeaders(argument(values, 1), headers)) return EXCEPTION
  host.responseBodyStart(status, load<usize>(headers), load<usize>(headers, 4), out)
  freeHeaders(headers)
  return load<u8>(out) === 0 ? UNDEFINED : failure(host.RESPONSE_BODY, load<u8>(out, 1))
}

export function responseBodyWrite(values: usize): Value {
  const chunk = allocate(8)
  const out = allocate(OUT_BYTES)
  if (!lowerBytes(argument(values, 0), chunk)) return EXCEPTION
  host.responseBodyWrite(load<usize>(chunk), load<usize>(chunk, 4), out)
  return load<u8>(out) === 0 ? UNDEFINED : failure(host.RESPONSE_BODY, load<u8>(out, 1))
}

export function encodeUtf8(values: usize): Value {
  const text = allocate(8)
  if (!lowerText(argument(values, 0), text)) return EXCEPTION
  const bytes = newUint8Array(context(), load<usize>(text), load<usize>(text, 4))
  freeText(text)
  return bytes
}

/** The headers of the request, the first time that they are asked for. */
export function takeHeaders(_values: usize): Value {
  return takeHeadersAt(field(HEADERS))
}

/** The text, or undefined when the bytes are not UTF-8. */
export function decodeUtf8(values: usize): Value {
  const bytes = allocate(8)
  if (!lowerBytes(argument(values, 0), bytes)) return EXCEPTION
  const pointer = load<usize>(bytes)
  const length = load<usize>(bytes, 4)
  return isUtf8(pointer, length) ? newString(context(), pointer, length) : UNDEFINED
}

export function decodeLatin1(values: usize): Value {
  const bytes = allocate(8)
  if (!lowerBytes(argument(values, 0), bytes)) return EXCEPTION
  const length = load<usize>(bytes, 4)
  const target = allocate(length * 2)
  const text = newString(context(), target, latin1ToUtf8(load<usize>(bytes), length, target))
  release(target, length * 2)
  return text
}

/**
 * (promise): its value, if it is fulfilled once no job is left. Undefined otherwise. Runs the jobs that are there: for
 * code that does nothing else in this job, so that they would run next anyway, each one with more promises around it.
 */
export function settledValue(values: usize): Value {
  const out = allocate(4)
  for (;;) {
    const outcome = executePendingJob(runtime(), out)
    if (outcome === 0) break
    // A job that throws has no one to tell: its promise would have.
    if (outcome < 0) freeValue(context(), getException(context()))
  }
  const promise = argument(values, 0)
  return promiseState(context(), promise) === FULFILLED ? promiseResult(context(), promise) : UNDEFINED
}

// @ts-ignore: decorator
@inline
export function argument(values: usize, index: usize): Value {
  return load<u64>(values + index * 8)
}

/** The first `count` arguments as text; on failure those already lowered are freed. */
export function lowerTexts(values: usize, count: usize, spans: usize): bool {
  for (let i: usize = 0; i < count; i++) {
    if (lowerText(argument(values, i), spans + i * 8)) continue
    freeTexts(spans, i)
    return false
  }
  return true
}

/** Returns EXCEPTION, so that a call can end with it. */
export function freeTexts(spans: usize, count: usize): Value {
  for (let i: usize = 0; i < count; i++) freeText(spans + i * 8)
  return EXCEPTION
}

/** status u16, headers, body: an array of the three. */
function liftResponse(at: usize): Value {
  const parts = allocate(24)
  store<u64>(parts, integer(load<u16>(at)))
  store<u64>(parts, liftHeaders(load<usize>(at, 4), load<usize>(at, 8)), 8)
  store<u64>(parts, liftBytes(load<usize>(at, 12), load<usize>(at, 16)), 16)
  return arrayOf(3, parts)
}

/** Throws the error for a case of the error enum of an interface. */
export function failure(owner: u32, error: u32): Value {
  const values = allocate(16)
  store<u64>(values, integer(owner))
  store<u64>(values, integer(error), 8)
  const made = call(context(), load<u64>(field(FAILURE)), UNDEFINED, 2, values)
  return made === EXCEPTION ? EXCEPTION : throwValue(context(), made)
}

/** As JavaScript's ToUint32, but a value out of range becomes 0 or the greatest number. */
export function toU32(value: f64): u32 {
  return value >= 4294967295.0 ? u32.MAX_VALUE : value > 0 ? <u32>value : 0
}
