/**
 * Functions for scripts, beside the imports of the world that are generated: the answer to a request, text codecs, and
 * imports with values that no other has.
 *
 * Each takes its arguments as they stand in the call (the engine pads missing ones with undefined) and
 * converts them as JavaScript would, so no argument traps.
 *
 * @module
 */

import * as host from './host.gen.as'
import { KV_SET_MANY } from './host-calls.gen.as'
import {
  allocate, ANSWER, BODY, CANCELLED, context, EXPORT, FAILURE, field, HEADERS, INVOKE, release, RESULT, runtime, STAYS,
} from './memory.as'
import { cancelCall, endCall, openRecord } from './pending.as'
import {
  call, dupValue, EXCEPTION, executePendingJob, FALSE, freeValue, FULFILLED, getException, integer, isString,
  newNumber, newString, newUint8Array, parseJsonText, promiseResult, promiseState, throwValue, TRUE, UNDEFINED, Value,
} from './quickjs.as'
import { isUtf8, latin1ToUtf8 } from './text.as'
import {
  freeHeaders, freeText, freeTextList, lowerBytes, lowerEntries, lowerHeaders, lowerText, lowerTextList,
  lowerU16, lowerU32, lowerVerdicts, takeHeadersAt,
} from './values.as'

// Values of `ANSWER`.
export const ANSWER_RESPONSE: i32 = 1
export const ANSWER_FAILURE: i32 = 2
/** A response with a text as body. */
export const ANSWER_TEXT: i32 = 3
/** None: the caller has gone, and the agent was told. */
export const ANSWER_NONE: i32 = 4
/** A list of verdicts, which is empty for what is no batch. */
export const ANSWER_VERDICTS: i32 = 5

/** The first byte of a byte order mark. No JSON text begins with it. */
const FIRST_OF_MARK: u8 = 0xef

/** (status, headers, body): the first answer counts. A body that is a text is sent in UTF-8. */
export function respond(values: usize): Value {
  const result = field(RESULT)
  if (load<i32>(field(ANSWER)) !== 0) return UNDEFINED
  if (!lowerU16(argument(values, 0), result + 4)) return EXCEPTION
  if (!lowerHeaders(argument(values, 1), result + 8)) return EXCEPTION
  const isText = isString(argument(values, 2))
  if (!(isText ? lowerText(argument(values, 2), result + 16) : lowerBytes(argument(values, 2), result + 16))) {
    freeHeaders(result + 8)
    return EXCEPTION
  }
  store<u8>(result, 0)
  if (!isText) store<u64>(field(BODY), dupValue(context(), argument(values, 2)))
  store<i32>(field(ANSWER), isText ? ANSWER_TEXT : ANSWER_RESPONSE)
  return UNDEFINED
}

/** (message): dropped when the caller has gone, which is no failure of the agent. */
export function fail(values: usize): Value {
  if (load<i32>(field(ANSWER)) !== 0) return UNDEFINED
  if (load<u8>(field(CANCELLED)) !== 0) {
    store<i32>(field(ANSWER), ANSWER_NONE)
    return UNDEFINED
  }
  if (!lowerText(argument(values, 0), field(RESULT) + 4)) return EXCEPTION
  store<u8>(field(RESULT), 1)
  store<i32>(field(ANSWER), ANSWER_FAILURE)
  return UNDEFINED
}

/**
 * (verdicts): one for each message of a batch, as `lowerVerdicts` reads them. Of a call of a function (which, text): a
 * result, 0, or a case of its error, from 1 on.
 */
export function settle(values: usize): Value {
  if (load<i32>(field(ANSWER)) !== 0) return UNDEFINED
  if (load<u8>(field(EXPORT)) === INVOKE) {
    const which = allocate(4)
    if (!lowerU32(argument(values, 0), which)) return EXCEPTION
    if (!lowerText(argument(values, 1), field(RESULT) + 4)) return EXCEPTION
    store<u8>(field(RESULT), load<u8>(which))
    // It is freed as that is.
    store<i32>(field(ANSWER), ANSWER_FAILURE)
    return UNDEFINED
  }
  if (!lowerVerdicts(argument(values, 0), field(RESULT) + 4)) return EXCEPTION
  store<u8>(field(RESULT), 0)
  store<i32>(field(ANSWER), ANSWER_VERDICTS)
  return UNDEFINED
}

export function logWrite(values: usize): Value {
  const level = allocate(4)
  const message = allocate(8)
  if (!lowerU32(argument(values, 0), level)) return EXCEPTION
  if (!lowerText(argument(values, 1), message)) return EXCEPTION
  host.logWrite(load<u32>(level) & 3, load<usize>(message), load<usize>(message, 4))
  freeText(message)
  return UNDEFINED
}

/** 53 random bits, as Math.random promises. */
export function randomFraction(_values: usize): Value {
  return newNumber(context(), <f64>(host.randomNext() >>> 11) * (1.0 / 9007199254740992.0))
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
 * (bytes): the value of a JSON text in UTF-8. Undefined when the bytes are not UTF-8 or begin with a byte order mark. Makes
 * no string of the text, and reads it as JSON.parse does.
 */
export function parseJson(values: usize): Value {
  const bytes = allocate(8)
  if (!lowerBytes(argument(values, 0), bytes)) return EXCEPTION
  const pointer = load<usize>(bytes)
  const length = load<usize>(bytes, 4)
  if (length > 0 && load<u8>(pointer) === FIRST_OF_MARK) return UNDEFINED
  if (!isUtf8(pointer, length)) return UNDEFINED
  // The engine stops at a zero behind the text.
  const text = allocate(length + 1)
  memory.copy(text, pointer, length)
  store<u8>(text + length, 0)
  // Errors name a source: the empty text, which is that zero.
  const value = parseJsonText(context(), text, length, text + length)
  release(text, length + 1)
  return value
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

/** (store, keys, as many values) */
export function kvSetMany(values: usize): Value {
  const params = allocate(16)
  const keys = allocate(8)
  if (!lowerTextList(argument(values, 1), keys)) return EXCEPTION
  const count = load<usize>(keys, 4)
  if (!lowerText(argument(values, 0), params)) {
    freeTextList(keys)
    return EXCEPTION
  }
  const entries = allocate(count * 16)
  let result = EXCEPTION
  if (lowerEntries(keys, argument(values, 2), entries)) {
    const record = openRecord()
    const status = host.kvSetMany(load<usize>(params), load<usize>(params, 4), entries, count, record)
    result = endCall(record, status, KV_SET_MANY)
  }
  release(entries, count * 16)
  freeText(params)
  freeTextList(keys)
  return result
}

/** (handle): gives up on a call of the host. Returns whether it was under way. */
export function cancelPending(values: usize): Value {
  const handle = allocate(4)
  if (!lowerU32(argument(values, 0), handle)) return EXCEPTION
  return cancelCall(load<u32>(handle)) ? TRUE : FALSE
}

/** (whether): has the invocation go on after the answer, or no longer. */
export function stay(values: usize): Value {
  store<u8>(field(STAYS), argument(values, 0) === TRUE ? 1 : 0)
  return UNDEFINED
}

// @ts-ignore: decorator
@inline
export function argument(values: usize, index: usize): Value {
  return load<u64>(values + index * 8)
}

/** Throws the error for a case of the error enum of an interface. */
export function failure(owner: u32, error: u32): Value {
  const values = allocate(16)
  store<u64>(values, integer(owner))
  store<u64>(values, integer(error), 8)
  const made = call(context(), load<u64>(field(FAILURE)), UNDEFINED, 2, values)
  return made === EXCEPTION ? EXCEPTION : throwValue(context(), made)
}
