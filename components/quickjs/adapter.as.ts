/**
 * The adapter between QuickJS and the component model: one core module that imports the engine's memory and C
 * interface, implements the imports of the engine, and exports the functions of the world.
 *
 * Merged with the engine it is a component without any binding code. A request becomes JavaScript values,
 * the prelude's dispatcher is called with them, and promise jobs run until it has answered. When no job is left and the
 * host has work of the agent under way, the call returns, with nothing on the stack, and the host calls back. There is no
 * static data: the memory belongs to the engine.
 *
 * @module
 */

import { fail } from './calls.as'
import { renewHeap } from './heap.as'
import {
  clockMonotonic, clockNow, deliverReturn, invokeReturn, randomNext, runReturn, taskCancel, taskReturn,
} from './host.gen.as'
import {
  allocate,
  allocateBlock,
  ANSWER,
  ANSWERED,
  ARRIVE,
  BODY,
  CALLS,
  CANCEL,
  CANCELLED,
  context,
  DISPATCH,
  EVENT,
  EXPORT,
  FAILURE,
  field,
  HEADERS,
  IDLE,
  INVOKE,
  LATER,
  mark,
  reallocate,
  REJECTED,
  REPORT,
  REST,
  restore,
  restoreAll,
  RESULT,
  runtime,
  SCRATCH,
  SET,
  STAYS,
} from './memory.as'
import { copied } from './copies.as'
import { arrived } from './pending.as'
import {
  call,
  dupValue,
  EXCEPTION,
  executePendingJob,
  FALSE,
  freeValue,
  getException,
  integer,
  newFunction,
  newNumber,
  setProperty,
  TRUE,
  UNDEFINED,
  Value,
} from './quickjs.as'
import { forgetRejections, noteRejection, reportRejections } from './rejections.as'
import { select } from './select.gen.as'
import {
  freeHandles, freeHeaders, freeText, liftBytes, liftMessages, liftText, releaseHeaders,
} from './values.as'
import { ANSWER_FAILURE, ANSWER_NONE, ANSWER_RESPONSE, ANSWER_TEXT, ANSWER_VERDICTS } from './calls.as'

// JS_CFUNC_generic_magic of quickjs.h.
const KIND_MAGIC: i32 = 1
// WASI's clock ids and error numbers.
const CLOCK_MONOTONIC: i32 = 1
const BAD_DESCRIPTOR: i32 = 8
// Values of `EXPORT`, with `INVOKE`.
const HANDLE: u8 = 0
const RUN: u8 = 1
const DELIVER: u8 = 2
// What a callback answers, in the canonical ABI, and the events that it is called for.
const EXIT: usize = 0
const WAIT: usize = 2
const SUBTASK: u32 = 1
const STREAM_READ: u32 = 2
const FUTURE_WRITE: u32 = 5
const TASK_CANCELLED: u32 = 6

export { block } from './memory.as'
export { heapAllocate, heapAllocateZeros, heapFree, heapReallocate, heapSize } from './heap.as'
export { stringify } from './json.as'
export { releaseValue, releaseValueOf } from './references.as'
export { reallocate }

/** The one C function of the adapter; `which` is the index into the list of `host/toolchain/quickjs/natives.gen.ts`. */
export function callHost(_context: usize, _self: Value, _count: i32, values: usize, which: i32): Value {
  const top = mark()
  const result = select(values, which)
  restore(top)
  return result
}

/** mayfly:agent/handler#handle, lifted with a callback. */
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
  return goOn()
}

/** mayfly:agent/scheduled#run, lifted with a callback. */
export function run(cron: usize, cronLength: usize, time: f64): usize {
  return begin(RUN, liftText(cron, cronLength), newNumber(context(), time))
}

/** mayfly:agent/consumer#deliver, lifted with a callback. */
export function deliver(queue: usize, queueLength: usize, messages: usize, count: usize): usize {
  return begin(DELIVER, liftText(queue, queueLength), liftMessages(messages, count))
}

/** mayfly:agent/functions#call, lifted with a callback. */
export function invoke(name: usize, nameLength: usize, text: usize, textLength: usize): usize {
  return begin(INVOKE, liftText(name, nameLength), liftText(text, textLength))
}

/** Hands an event to the prelude. Takes ownership of the values. */
function begin(which: u8, first: Value, second: Value): usize {
  freeAnswer()
  store<u8>(field(EXPORT), which)
  const values = allocate(24)
  store<u64>(values, integer(which))
  store<u64>(values, first, 8)
  store<u64>(values, second, 16)
  finish(call(context(), load<u64>(field(EVENT)), UNDEFINED, 3, values))
  freeValue(context(), first)
  freeValue(context(), second)
  return goOn()
}

/** Called when something has happened that the agent waits for, or when its caller has gone. */
export function callback(event: u32, first: u32, second: u32): usize {
  if (event === SUBTASK) {
    finish(arrived(first, second))
  } else if (event >= STREAM_READ && event <= FUTURE_WRITE) {
    finish(copied(first, second))
  } else if (event === TASK_CANCELLED) {
    store<u8>(field(CANCELLED), 1)
    finish(call(context(), load<u64>(field(CANCEL)), UNDEFINED, 0, 0))
  }
  return goOn()
}

/** Build time: allocates the state. Called once, after the engine has been initialised. */
export function initialize(): void {
  allocateBlock()
}

/** Build time: later allocations lie together, on new pages. */
export function renew(bytes: usize): void {
  forgetRejections()
  renewHeap(runtime(), bytes)
}

/** Build time: makes the adapter's function number `which` a property of `target`. */
export function bind(tableIndex: usize, target: usize, name: usize, length: i32, which: i32): void {
  const made = newFunction(context(), tableIndex, name, length, KIND_MAGIC, which)
  setProperty(context(), load<u64>(target), name, made)
}

/** Build time: the prelude's functions, each a pointer to a value. */
export function install(
  dispatch: usize,
  idle: usize,
  failure: usize,
  later: usize,
  arrive: usize,
  cancel: usize,
  report: usize,
  event: usize,
): void {
  store<u64>(field(DISPATCH), dupValue(context(), load<u64>(dispatch)))
  store<u64>(field(IDLE), dupValue(context(), load<u64>(idle)))
  store<u64>(field(FAILURE), dupValue(context(), load<u64>(failure)))
  store<u64>(field(LATER), dupValue(context(), load<u64>(later)))
  store<u64>(field(ARRIVE), dupValue(context(), load<u64>(arrive)))
  store<u64>(field(CANCEL), dupValue(context(), load<u64>(cancel)))
  store<u64>(field(REPORT), dupValue(context(), load<u64>(report)))
  store<u64>(field(EVENT), dupValue(context(), load<u64>(event)))
}

/**
 * Runs promise jobs until the agent has nothing to do but to wait, or is done. The answer goes out as soon as it is
 * there. When no job is left, the prelude makes one, or fails, or has the agent wait.
 */
function goOn(): usize {
  for (;;) {
    if (load<i32>(field(ANSWER)) !== 0) {
      if (load<u8>(field(ANSWERED)) === 0) sendAnswer()
      if (load<u8>(field(STAYS)) === 0) break
    }
    const outcome = executePendingJob(runtime(), field(SCRATCH) + 8)
    // A job that throws has no one to tell: its promise would have.
    if (outcome < 0) freeValue(context(), getException(context()))
    if (outcome !== 0) continue
    if (load<usize>(field(REJECTED)) !== 0) {
      reportRejections()
      continue
    }
    store<u64>(field(SCRATCH), load<usize>(field(CALLS)) === 0 ? FALSE : TRUE)
    const next = call(context(), load<u64>(field(IDLE)), UNDEFINED, 1, field(SCRATCH))
    if (next === TRUE) {
      store<usize>(field(REST), mark())
      return WAIT | (load<u32>(field(SET)) << 4)
    }
    finish(next)
    // Nothing will ever happen again.
    if (next === FALSE && load<u8>(field(ANSWERED)) !== 0) break
  }
  if (load<usize>(field(REJECTED)) !== 0) reportRejections()
  releaseHeaders(field(HEADERS))
  restoreAll()
  return EXIT
}

/** Hands out the result, which the host reads at once. */
function sendAnswer(): void {
  store<u8>(field(ANSWERED), 1)
  if (load<i32>(field(ANSWER)) === ANSWER_NONE) return taskCancel()
  const result = field(RESULT)
  const which = load<u8>(field(EXPORT))
  if (which !== HANDLE) {
    const first = load<i32>(result, 4)
    const second = load<i32>(result, 8)
    if (which === RUN) runReturn(load<u8>(result), first, second)
    else if (which === INVOKE) returnCall(load<u8>(result), first, second)
    else deliverReturn(load<u8>(result), first, second)
    return
  }
  // The parts of a response behind its status, or none behind the second of the two of a text.
  const isResponse = load<u8>(result) === 0
  taskReturn(
    load<u8>(result),
    isResponse ? load<u16>(result, 4) : load<i32>(result, 4),
    load<i32>(result, 8),
    isResponse ? load<i32>(result, 12) : 0,
    isResponse ? load<i32>(result, 16) : 0,
    isResponse ? load<i32>(result, 20) : 0,
  )
}

/** Hands out a text: the result of a function, or behind the case of its error. Those begin at 1. */
function returnCall(which: i32, text: i32, length: i32): void {
  if (which === 0) invokeReturn(0, text, length, 0)
  else invokeReturn(1, which - 1, text, length)
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
  } else if (answer === ANSWER_VERDICTS) {
    freeHandles(field(RESULT) + 4)
  }
  store<u8>(field(EXPORT), HANDLE)
  store<i32>(field(ANSWER), 0)
  store<u8>(field(ANSWERED), 0)
  store<u8>(field(STAYS), 0)
  store<u8>(field(CANCELLED), 0)
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

export function host_promise_rejection(promise: usize, reason: usize, isHandled: i32): void {
  noteRejection(promise, reason, isHandled !== 0)
}

// Never registered: the engine calls these only after a registration.

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
