/**
 * Promises that were rejected while nothing handled them: the engine names each, and again when something handles it
 * after all, as an `await` does.
 *
 * The prelude gets the reasons of those that are left when no job is, or when the agent ends. A rejection costs a record
 * of the list, and an agent without rejections pays nothing.
 *
 * @module
 */

import { context, field, REJECTED, REPORT } from './memory.as'
import { call, EXCEPTION, free, freeBoxed, freeValue, getException, malloc, UNDEFINED, Value } from './quickjs.as'

// A record: two pointers to values, and the next record.
const REASON: usize = 4
const NEXT: usize = 8
const RECORD_BYTES: usize = 12

/** Takes ownership of both values, which the engine has put into boxes of its own; 0 when it had no memory. */
export function noteRejection(promise: usize, reason: usize, isHandled: bool): void {
  if (promise === 0 || reason === 0) return
  const record = isHandled ? 0 : malloc(RECORD_BYTES)
  if (record !== 0) {
    store<usize>(record, promise)
    store<usize>(record, reason, REASON)
    store<usize>(record, load<usize>(field(REJECTED)), NEXT)
    store<usize>(field(REJECTED), record)
    return
  }
  if (isHandled) forget(load<Value>(promise))
  freeBoxed(promise)
  freeBoxed(reason)
}

/** Hands the reasons to the prelude, the first rejection first. */
export function reportRejections(): void {
  let record = reversed(load<usize>(field(REJECTED)))
  store<usize>(field(REJECTED), 0)
  while (record !== 0) {
    const next = load<usize>(record, NEXT)
    const result = call(context(), load<Value>(field(REPORT)), UNDEFINED, 1, load<usize>(record, REASON))
    freeValue(context(), result === EXCEPTION ? getException(context()) : result)
    drop(record)
    record = next
  }
}

/** Build time: what no request has caused is not for the log of one. */
export function forgetRejections(): void {
  let record = load<usize>(field(REJECTED))
  store<usize>(field(REJECTED), 0)
  while (record !== 0) {
    const next = load<usize>(record, NEXT)
    drop(record)
    record = next
  }
}

function forget(promise: Value): void {
  let link = field(REJECTED)
  for (let record = load<usize>(link); record !== 0; record = load<usize>(link)) {
    if (load<Value>(load<usize>(record)) === promise) {
      store<usize>(link, load<usize>(record, NEXT))
      drop(record)
      return
    }
    link = record + NEXT
  }
}

function reversed(first: usize): usize {
  let list: usize = 0
  let record = first
  while (record !== 0) {
    const next = load<usize>(record, NEXT)
    store<usize>(record, list, NEXT)
    list = record
    record = next
  }
  return list
}

function drop(record: usize): void {
  freeBoxed(load<usize>(record))
  freeBoxed(load<usize>(record, REASON))
  free(record)
}
