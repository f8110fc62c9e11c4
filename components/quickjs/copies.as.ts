/**
 * Copies from and to the host, through the ends of streams of bytes and of futures.
 *
 * A copy that is not done at once has a record, as a call has, and keeps what it copies to or from: the host writes or
 * reads there until the event, or until the copy is cancelled. To scripts an end is a number. The library knows what each
 * may be used for. A script that uses one otherwise, or makes one up, traps.
 *
 * @module
 */

import { argument, failure } from './calls.as'
import * as host from './host.gen.as'
import { allocate, context } from './memory.as'
import { dropRecord, openRecord, promiseOf, settle, take } from './pending.as'
import {
  dupValue, EXCEPTION, free, freeValue, integer, malloc, newUint8Array, NULL, UNDEFINED, Value,
} from './quickjs.as'
import { arrayOf, lowerBytes, lowerU32 } from './values.as'

// Kinds of records, beside those of calls.
const STREAM_READ: i32 = -2
const STREAM_WRITE: i32 = -3
const FUTURE_READ: i32 = -4
const FUTURE_WRITE: i32 = -5

// Offsets in a record: what is kept of a copy, where a call has its result, and the kind.
const VALUE: usize = 0
const BUFFER: usize = 8
const KIND: usize = 56

const BLOCKED: u32 = 0xffffffff
const DROPPED: u32 = 1
/** As many bytes as the host has ready for a reader. */
const READ_BYTES: usize = 65536
/** The last case of the error of a body: `unavailable`. */
const UNAVAILABLE: u32 = 2

/** Makes a stream and a future: an array of the readable end of both and of the writable end of both. */
export function makeEnds(_values: usize): Value {
  const stream = host.streamNew()
  const future = host.futureNew()
  const ends = allocate(32)
  store<u64>(ends, integer(<u32>stream))
  store<u64>(ends, integer(<u32>future), 8)
  store<u64>(ends, integer(<u32>(stream >> 32)), 16)
  store<u64>(ends, integer(<u32>(future >> 32)), 24)
  return arrayOf(4, ends)
}

/** (handle): the next bytes, or an array of the last, or null when none are left. */
export function readStream(values: usize): Value {
  const handle = handleAt(values)
  // Not on the stack of the adapter, which ends before the host writes.
  const buffer = malloc(READ_BYTES)
  if (buffer === 0) unreachable()
  const status = host.streamRead(handle, buffer, READ_BYTES)
  if (status !== BLOCKED) return liftRead(buffer, status)
  const record = openRecord()
  store<usize>(record, buffer, BUFFER)
  return promiseOf(record, handle, STREAM_READ)
}

/** (handle, bytes): how many were taken, times 16, and whether the other end is gone. */
export function writeStream(values: usize): Value {
  const handle = handleAt(values)
  const bytes = allocate(8)
  if (!lowerBytes(argument(values, 1), bytes)) return EXCEPTION
  const status = host.streamWrite(handle, load<usize>(bytes), load<usize>(bytes, 4))
  if (status !== BLOCKED) return integer(status)
  const record = openRecord()
  store<u64>(record, dupValue(context(), argument(values, 1)), VALUE)
  return promiseOf(record, handle, STREAM_WRITE)
}

/** (handle): nothing when the body was whole. Throws its error. */
export function readFuture(values: usize): Value {
  const handle = handleAt(values)
  const record = openRecord()
  const status = host.futureRead(handle, record)
  if (status === BLOCKED) return promiseOf(record, handle, FUTURE_READ)
  const value = liftEnd(record, status)
  dropRecord(record)
  return value
}

/** (handle, which): 0 says that the body was whole, and each other number the error of the number before. */
export function writeFuture(values: usize): Value {
  const handle = handleAt(values)
  const which = allocate(4)
  if (!lowerU32(argument(values, 1), which)) return EXCEPTION
  const record = openRecord()
  const number = load<u32>(which)
  store<u8>(record, number === 0 ? 0 : 1)
  store<u8>(record, number === 0 ? 0 : <u8>(number - 1), 1)
  if (host.futureWrite(handle, record) === BLOCKED) return promiseOf(record, handle, FUTURE_WRITE)
  dropRecord(record)
  return UNDEFINED
}

/** (handle, kind): no copy may be under way. Of the kinds 0 to 3, odd ones are writable, and those from 2 on of futures. */
export function dropEnd(values: usize): Value {
  const handle = handleAt(values)
  const kind = allocate(4)
  if (!lowerU32(argument(values, 1), kind)) return EXCEPTION
  switch (load<u32>(kind)) {
    case 0: host.streamDropReadable(handle); break
    case 1: host.streamDropWritable(handle); break
    case 2: host.futureDropReadable(handle); break
    default: host.futureDropWritable(handle)
  }
  return UNDEFINED
}

/** (handle): ends the copy that is under way. Its promise is left to the caller. */
export function cancelCopy(values: usize): Value {
  const handle = handleAt(values)
  const record = take(handle)
  if (record === 0) return UNDEFINED
  switch (load<i32>(record, KIND)) {
    case STREAM_READ:
      host.streamCancelRead(handle)
      free(load<usize>(record, BUFFER))
      break
    case STREAM_WRITE:
      host.streamCancelWrite(handle)
      freeValue(context(), load<u64>(record, VALUE))
      break
    case FUTURE_READ: host.futureCancelRead(handle); break
    default: host.futureCancelWrite(handle)
  }
  dropRecord(record)
  return UNDEFINED
}

/** The copy of the end `handle` has ended with `status`: its promise is settled. */
export function copied(handle: u32, status: u32): Value {
  const record = take(handle)
  if (record === 0) unreachable()
  const kind = load<i32>(record, KIND)
  let value: Value = UNDEFINED
  if (kind === STREAM_READ) {
    value = liftRead(load<usize>(record, BUFFER), status)
  } else if (kind === STREAM_WRITE) {
    freeValue(context(), load<u64>(record, VALUE))
    value = integer(status)
  } else if (kind === FUTURE_READ) {
    value = liftEnd(record, status)
  }
  dropRecord(record)
  return settle(handle, value)
}

/** Frees the buffer. */
function liftRead(buffer: usize, status: u32): Value {
  const length = <usize>(status >>> 4)
  const isOver = (status & 15) === DROPPED
  let value: Value = NULL
  if (length > 0 || !isOver) value = newUint8Array(context(), buffer, length)
  free(buffer)
  if (!isOver || length === 0) return value
  const last = allocate(8)
  store<u64>(last, value)
  return arrayOf(1, last)
}

function liftEnd(at: usize, status: u32): Value {
  if (status === DROPPED) return failure(host.BODY, UNAVAILABLE)
  return load<u8>(at) === 0 ? UNDEFINED : failure(host.BODY, load<u8>(at, 1))
}

/** The first argument: of what is no integer some number, which is no end. */
function handleAt(values: usize): u32 {
  return <u32>argument(values, 0)
}
