/**
 * Calls of the host that are not done when they return: subtasks.
 *
 * Each has a record that its result is written into, whenever that is: the host knows its address. A call that is done
 * at once, as most are, gives its record back, and nothing else happens.
 *
 * @module
 */

import { liftResult } from './host-calls.gen.as'
import { subtaskCancel, subtaskDrop, waitableJoin, waitableSetNew } from './host.gen.as'
import {
  allocate, ARRIVE, CALLS, context, field, FREE, LATER, NEXT, RECORD_BYTES, REST, restore, SET,
} from './memory.as'
import { call, EXCEPTION, FALSE, freeValue, getException, integer, malloc, TRUE, UNDEFINED, Value } from './quickjs.as'

// Offsets in a record, behind the result and the next record.
const HANDLE: usize = 52
const KIND: usize = 56

/** The kind of a call that was given up: its result goes nowhere. */
const GIVEN_UP: i32 = -1

// States of a subtask.
const STARTING: u32 = 0
const STARTED: u32 = 1
const RETURNED: u32 = 2
/** The answer of a cancellation that is under way. */
const BLOCKED: u32 = 0xffffffff

/** Returns where the result of a call goes. */
export function openRecord(): usize {
  const record = load<usize>(field(FREE))
  if (record !== 0) {
    store<usize>(field(FREE), load<usize>(record, NEXT))
    return record
  }
  const made = malloc(RECORD_BYTES)
  if (made === 0) unreachable()
  return made
}

/** Returns the result of a call, or a promise of it. */
export function endCall(record: usize, status: u32, kind: i32): Value {
  const state = status & 15
  if (state === RETURNED) {
    const value = liftResult(record, kind)
    dropRecord(record)
    return value
  }
  // No function of a host begins later, and the arguments are gone by then.
  if (state === STARTING) unreachable()
  return promiseOf(record, status >>> 4, kind)
}

/** Waits for the waitable `handle`, with all that has a record. Returns the promise of what comes. */
export function promiseOf(record: usize, handle: u32, kind: i32): Value {
  if (load<u32>(field(SET)) === 0) store<u32>(field(SET), waitableSetNew())
  waitableJoin(handle, load<u32>(field(SET)))
  store<u32>(record, handle, HANDLE)
  store<i32>(record, kind, KIND)
  store<usize>(record, load<usize>(field(CALLS)), NEXT)
  store<usize>(field(CALLS), record)
  const values = allocate(8)
  store<u64>(values, integer(handle))
  return call(context(), load<u64>(field(LATER)), UNDEFINED, 1, values)
}

/** The subtask `handle` has got to `state`: when it is done, its promise is settled. */
export function arrived(handle: u32, state: u32): Value {
  if (state === STARTED) return UNDEFINED
  const record = take(handle)
  if (record === 0) unreachable()
  const kind = load<i32>(record, KIND)
  subtaskDrop(handle)
  if (kind === GIVEN_UP || state !== RETURNED) {
    dropRecord(record)
    return UNDEFINED
  }
  const value = liftResult(record, kind)
  dropRecord(record)
  return settle(handle, value)
}

/** Settles the promise of `handle` with `value`, or with the exception that this stands for. */
export function settle(handle: u32, value: Value): Value {
  const values = allocate(24)
  const isError = value === EXCEPTION
  store<u64>(values, integer(handle))
  store<u64>(values, isError ? getException(context()) : value, 8)
  store<u64>(values, isError ? TRUE : FALSE, 16)
  const result = call(context(), load<u64>(field(ARRIVE)), UNDEFINED, 3, values)
  freeValue(context(), load<u64>(values, 8))
  // A host may have written results of other calls as well: they lie above.
  if (load<usize>(field(CALLS)) === 0) restore(load<usize>(field(REST)))
  return result
}

/** Gives up on the call `handle`. Its promise is left to the caller. Returns whether it was under way. */
export function cancelCall(handle: u32): bool {
  const record = take(handle)
  if (record === 0) return false
  if (load<i32>(record, KIND) < GIVEN_UP) {
    // A copy, which is no call.
    store<usize>(record, load<usize>(field(CALLS)), NEXT)
    store<usize>(field(CALLS), record)
    return false
  }
  if (subtaskCancel(handle) === BLOCKED) {
    store<i32>(record, GIVEN_UP, KIND)
    store<usize>(record, load<usize>(field(CALLS)), NEXT)
    store<usize>(field(CALLS), record)
    return true
  }
  subtaskDrop(handle)
  dropRecord(record)
  return true
}

export function dropRecord(record: usize): void {
  store<usize>(record, load<usize>(field(FREE)), NEXT)
  store<usize>(field(FREE), record)
}

/** Takes the record of a call or a copy out of the list; 0 when there is none. */
export function take(handle: u32): usize {
  let before: usize = 0
  for (let record = load<usize>(field(CALLS)); record !== 0; record = load<usize>(record, NEXT)) {
    if (load<u32>(record, HANDLE) === handle) {
      const next = load<usize>(record, NEXT)
      if (before === 0) store<usize>(field(CALLS), next)
      else store<usize>(before, next, NEXT)
      return record
    }
    before = record
  }
  return 0
}
