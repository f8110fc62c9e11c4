/**
 * Calls of the host that are not done when they return: the promises that scripts get of them.
 *
 * @module
 */
import { natives, type Later } from './natives.ts'

/** A call of the host under way. */
interface Call {
  readonly promise: Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  /** Makes the value of the promise of the result. */
  make: ((value: never) => unknown) | undefined
  /** Called when it is over. */
  end: (() => void) | undefined
}

const calls = new Map<number, Call>()
// An agent may put another in its place.
const OwnPromise = Promise
let lastCall: Call | undefined

/** Whether `value` is a promise of the host's. */
export function isPending(value: unknown): value is Promise<unknown> {
  return value instanceof OwnPromise
}

/** Has `end` called when the call that was just made is over. */
export function whenOver(end: () => void): void {
  if (lastCall !== undefined) lastCall.end = end
}

/** Called for a call of the host that is not done: returns what a script gets of it. */
export function later(handle: number): Promise<unknown> {
  const { promise, resolve, reject } = OwnPromise.withResolvers<unknown>()
  lastCall = { promise, resolve, reject, make: undefined, end: undefined }
  calls.set(handle, lastCall)
  return promise
}

/** Called when it is done. */
export function arrive(handle: number, value: unknown, isError: boolean): void {
  const call = calls.get(handle)
  if (call === undefined) return
  calls.delete(handle)
  call.end?.()
  if (isError) return call.reject(value)
  try {
    call.resolve(call.make === undefined ? value : call.make(value as never))
  } catch (error) {
    call.reject(error)
  }
}

/** Ends the copy that may be under way at the end `handle`: its promise gets nothing. */
export function cancelCopy(handle: number): void {
  const copy = calls.get(handle)
  if (copy === undefined) return
  calls.delete(handle)
  natives.cancelCopy(handle)
  copy.resolve(undefined)
}

/** Gives up on the call of the host that `promise` is of. It then never settles. Returns whether it was under way. */
export function cancelCall(promise: unknown): boolean {
  for (const [handle, call] of calls) {
    if (call.promise !== promise) continue
    // A copy is cancelled by its end only.
    if (!natives.cancelPending(handle)) return false
    calls.delete(handle)
    call.end?.()
    return true
  }
  return false
}

/** The result of `make` for the result of a call of the host that was just made, or a promise of it. */
export function when<Value, Result>(
  value: Later<Value>,
  make: (value: Value) => Later<Result>,
): Later<Result> {
  if (!(value instanceof OwnPromise)) return make(value)
  if (lastCall !== undefined) lastCall.make = make
  // `arrive` makes the value what the type says.
  return value as Promise<unknown> as Promise<Result>
}
