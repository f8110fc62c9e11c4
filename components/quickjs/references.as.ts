/**
 * Gives up a reference, in place of the engine's functions. It happens hundreds of times a request and takes four
 * instructions here. The rare case, the last reference, is left to the engine.
 *
 * @module
 */

import { freeValueOfRuntime, Value } from './quickjs.as'

/** JS_TAG_FIRST: values with this tag or above, as unsigned numbers, count references. */
const FIRST_COUNTED: Value = 0xfffffff700000000
// Offset in `JSContext` of quickjs.c.
const RUNTIME: usize = 8

/** JS_FreeValue */
export function releaseValue(context: usize, value: Value): void {
  if (value < FIRST_COUNTED) return
  const at = <usize>value - 4
  const references = load<i32>(at)
  if (references > 1) {
    store<i32>(at, references - 1)
    return
  }
  freeValueOfRuntime(load<usize>(context, RUNTIME), value)
}

/** JS_FreeValueRT */
export function releaseValueOf(runtime: usize, value: Value): void {
  if (value < FIRST_COUNTED) return
  const at = <usize>value - 4
  const references = load<i32>(at)
  if (references > 1) {
    store<i32>(at, references - 1)
    return
  }
  freeValueOfRuntime(runtime, value)
}
