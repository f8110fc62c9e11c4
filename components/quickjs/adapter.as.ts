/**
 * The adapter between QuickJS and the component model: one core module that imports the engine's memory and C
 * interface, implements the imports of the engine, and exports the functions of the world.
 *
 * Merged with the engine it is a component without any binding code. A request becomes JavaScript values,
 * the prelude's dispatcher is called with them, and promise jobs run until it has answered. An import that
 * waits suspends the whole stack, so nothing here is asynchronous. There is no static data: the memory
 * belongs to the engine.
 *
 * @module
 */

import { fail } from './calls.as'
import { renewHeap } from './heap.as'
import { clockMonotonic, clockNow, randomNext } from './host.gen.as'
import {
  allocate,
  allocateBlock,
  ANSWER,
  BODY,
  context,
  DISPATCH,
  FAILURE,
  field,
  HEADERS,
  IDLE,
  mark,
  reallocate,
  restore,
  restoreAll,
  RESULT,
  runtime,
  SCRATCH,
} from './memory.as'
import {
  call,
  dupValue,
  EXCEPTION,
  executePendingJob,
  freeValue,
  getException,
  newFunction,
  setProperty,
  UNDEFINED,
  Value,
} from './quickjs.as'
import { select } from './select.gen.as'
import { freeHeaders, freeText, liftBytes, liftText, releaseHeaders } from './values.as'
import { ANSWER_FAILURE, ANSWER_RESPONSE, ANSWER_TEXT } from './calls.as'

// JS_CFUNC_generic_magic of quickjs.h.
const KIND_MAGIC: i32 = 1
// WASI's clock ids and error numbers.
const CLOCK_MONOTONIC: i32 = 1
const BAD_DESCRIPTOR: i32 = 8

export { block } from './memory.as'
export { heapAllocate, heapAllocateZeros, heapFree, heapReallocate, heapSize } from './heap.as'
export { releaseValue, releaseValueOf } from './references.as'
export { reallocate }

/** The one C function of the adapter; `which` is the index into the list of `host/toolchain/quickjs/natives.gen.ts`. */
export function callHost(_context: usize, _self: Value, _count: i32, values: usize, which: i32): Value {
  const top = mark()
  const result = select(values, which)
  restore(top)
  return result
}

/** mayfly:agent/handler#handle, lifted synchronously. */
export function handle(
  method: usize,
  methodLength: usize,
  url: usize,
  urlLength: usize,
  headers: usize,
  headerCount: usize,
  body: usize,
  bodyLength: usize,
): usize {
  freeAnswer()
  const values = allocate(24)
  store<u64>(values, liftText(method, methodLength))
  store<u64>(values, liftText(url, urlLength), 8)
  store<u64>(values, bodyLength === 0 ? UNDEFINED : liftBytes(body, bodyLength), 16)
  // Headers wait until a script asks: lifting them takes as long as the rest, and many never do.
  store<usize>(field(HEADERS), headers)
  store<usize>(field(HEADERS), headerCount, 4)
  finish(call(context(), load<u64>(field(DISPATCH)), UNDEFINED, 3, values))
  for (let i: usize = 0; i < 3; i++) freeValue(context(), load<u64>(values + i * 8))
  runJobs()
  releaseHeaders(field(HEADERS))
  restoreAll()
  return field(RESULT)
}

/** Build time: allocates the state. Called once, after the engine has been initialised. */
export function initialize(): void {
  allocateBlock()
}

/** Build time: later allocations lie together, on new pages. */
export function renew(bytes: usize): void {
  renewHeap(runtime(), bytes)
}

/** Build time: makes the adapter's function number `which` a property of `target`. */
export function bind(tableIndex: usize, target: usize, name: usize, length: i32, which: i32): void {
  const made = newFunction(context(), tableIndex, name, length, KIND_MAGIC, which)
  setProperty(context(), load<u64>(target), name, made)
}

/** Build time: the prelude's functions, each a pointer to a value. */
export function install(dispatch: usize, idle: usize, failure: usize): void {
  store<u64>(field(DISPATCH), dupValue(context(), load<u64>(dispatch)))
  store<u64>(field(IDLE), dupValue(context(), load<u64>(idle)))
  store<u64>(field(FAILURE), dupValue(context(), load<u64>(failure)))
}

/** Runs promise jobs until there is an answer. When none is left, the prelude makes one or answers. */
function runJobs(): void {
  while (load<i32>(field(ANSWER)) === 0) {
    const outcome = executePendingJob(runtime(), field(SCRATCH) + 8)
    if (outcome === 0) finish(call(context(), load<u64>(field(IDLE)), UNDEFINED, 0, 0))
    // A job that throws has no one to tell: its promise would have.
    else if (outcome < 0) freeValue(context(), getException(context()))
  }
}

/** Ends a call of the prelude. An error that it throws (rare: no memory, no stack) becomes the answer. */
function finish(result: Value): void {
  if (result !== EXCEPTION) {
    freeValue(context(), result)
    return
  }
  const values = allocate(8)
  store<u64>(values, getException(context()))
  if (fail(values) === EXCEPTION) unreachable()
  freeValue(context(), load<u64>(values))
}

/** Frees the memory of the last answer, which had to outlive its call. */
function freeAnswer(): void {
  const answer = load<i32>(field(ANSWER))
  if (answer === ANSWER_RESPONSE) {
    freeHeaders(field(RESULT) + 8)
    freeValue(context(), load<u64>(field(BODY)))
    store<u64>(field(BODY), UNDEFINED)
  } else if (answer === ANSWER_TEXT) {
    freeHeaders(field(RESULT) + 8)
    freeText(field(RESULT) + 16)
  } else if (answer === ANSWER_FAILURE) {
    freeText(field(RESULT) + 4)
  }
  store<i32>(field(ANSWER), 0)
}

// The imports of the engine. Scripts reach the clock through Date and performance; there are no files.

export function clock_time_get(id: i32, _precision: i64, out: usize): i32 {
  store<i64>(out, <i64>((id === CLOCK_MONOTONIC ? clockMonotonic() : clockNow()) * 1000000.0))
  return 0
}

export function random_get(pointer: usize, length: usize): i32 {
  for (let at = pointer; at < pointer + length; at++) store<u8>(at, <u8>randomNext())
  return 0
}

export function fd_close(_descriptor: i32): i32 {
  return BAD_DESCRIPTOR
}

export function fd_fdstat_get(_descriptor: i32, _out: usize): i32 {
  return BAD_DESCRIPTOR
}

export function fd_seek(_descriptor: i32, _offset: i64, _whence: i32, _out: usize): i32 {
  return BAD_DESCRIPTOR
}

/** Drops the text and reports it as written: the engine writes only when it is about to abort. */
export function fd_write(_descriptor: i32, parts: usize, count: usize, out: usize): i32 {
  let total: usize = 0
  for (let i: usize = 0; i < count; i++) total += load<usize>(parts + i * 8, 4)
  store<usize>(out, total)
  return 0
}

export function host_get_timezone_offset(_high: i32, _low: i32): i32 {
  return 0
}

export function host_interrupt(): i32 {
  return 0
}

// Never registered: the engine calls these only after a registration.

export function host_promise_rejection(_promise: usize, _reason: usize, _isHandled: i32): void {}

export function host_module_normalize(_base: usize, _name: usize): usize {
  return 0
}

export function host_module_load(_name: usize, _lengthOut: usize): usize {
  return 0
}

export function host_call(
  _name: usize,
  _nameLength: usize,
  _self: usize,
  _count: i32,
  _values: usize,
): usize {
  return 0
}
