/**
 * Functions for scripts that call other agents, and that hand blobs to them.
 *
 * To a script a blob is an object of the prelude, and only the prelude knows its handle. So a handle that arrives here
 * was not made up by a script.
 *
 * @module
 */

import * as host from './host.gen.as'
import { argument, failure, freeTexts, lowerTexts, toU32 } from './calls.as'
import { allocate, context, field, release, SCRATCH } from './memory.as'
import {
  EXCEPTION, FALSE, freeValue, getElement, getLength, integer, newNumber, TRUE, UNDEFINED, Value,
} from './quickjs.as'
import { arrayOf, liftBytes, liftHeaders, liftText, lowerBytes, lowerNumber } from './values.as'

const OUT_BYTES: usize = 32
// As many as the host's table has.
const MAX_HANDLES: usize = 0x20000

/** (tool, input) */
export function toolsCall(values: usize): Value {
  const spans = allocate(16)
  const out = allocate(OUT_BYTES)
  if (!lowerTexts(values, 2, spans)) return EXCEPTION
  host.toolsCall(load<usize>(spans), load<usize>(spans, 4), load<usize>(spans, 8), load<usize>(spans, 12), out)
  freeTexts(spans, 2)
  return load<u8>(out) === 0 ? liftText(load<usize>(out, 4), load<usize>(out, 8)) : failure(host.TOOLS, load<u8>(out, 4))
}

/** (tool, input, handles): an array of the number that stands for the result and of whether it is there. */
export function toolsStart(values: usize): Value {
  const spans = allocate(16)
  const out = allocate(OUT_BYTES)
  if (getLength(context(), argument(values, 2), field(SCRATCH)) < 0) return EXCEPTION
  const count = <usize>load<i64>(field(SCRATCH))
  // Above it the size would wrap around.
  if (count > MAX_HANDLES) unreachable()
  const handles = allocate(count * 4)
  let isLowered = lowerHandles(argument(values, 2), count, handles)
  if (isLowered) isLowered = lowerTexts(values, 2, spans)
  if (isLowered) {
    host.toolsStart(load<usize>(spans), load<usize>(spans, 4), load<usize>(spans, 8), load<usize>(spans, 12), handles, count, out)
    freeTexts(spans, 2)
  }
  release(handles, count * 4)
  if (!isLowered) return EXCEPTION
  if (load<u8>(out) !== 0) return failure(host.TOOLS, load<u8>(out, 4))
  const started = allocate(16)
  store<u64>(started, integer(load<u32>(out, 4)))
  store<u64>(started, load<u8>(out, 8) === 0 ? FALSE : TRUE, 8)
  return arrayOf(2, started)
}

function lowerHandles(array: Value, count: usize, handles: usize): bool {
  const number = allocate(8)
  for (let i: usize = 0; i < count; i++) {
    const element = getElement(context(), array, <u32>i)
    const isNumber = element !== EXCEPTION && lowerNumber(element, number)
    freeValue(context(), element)
    if (!isNumber) return false
    store<u32>(handles + i * 4, toU32(load<f64>(number)))
  }
  return true
}

/** (pending) */
export function toolsTake(values: usize): Value {
  const out = allocate(OUT_BYTES)
  if (!lowerNumber(argument(values, 0), out)) return EXCEPTION
  host.toolsTake(toU32(load<f64>(out)), out)
  return load<u8>(out) === 0 ? liftText(load<usize>(out, 4), load<usize>(out, 8)) : failure(host.TOOLS, load<u8>(out, 4))
}

/** (pending): a handle. */
export function toolsTakeBlob(values: usize): Value {
  const out = allocate(OUT_BYTES)
  if (!lowerNumber(argument(values, 0), out)) return EXCEPTION
  host.toolsTakeBlob(toU32(load<f64>(out)), out)
  return load<u8>(out) === 0 ? integer(load<u32>(out, 4)) : failure(host.TOOLS, load<u8>(out, 4))
}

/** (pending) */
export function toolsCancel(values: usize): Value {
  const number = allocate(8)
  if (!lowerNumber(argument(values, 0), number)) return EXCEPTION
  host.toolsCancel(toU32(load<f64>(number)))
  return UNDEFINED
}

/** (content): a handle. */
export function blobMake(values: usize): Value {
  const content = allocate(8)
  const out = allocate(OUT_BYTES)
  if (!lowerBytes(argument(values, 0), content)) return EXCEPTION
  host.blobMake(load<usize>(content), load<usize>(content, 4), out)
  return load<u8>(out) === 0 ? integer(load<u32>(out, 4)) : failure(host.BLOB, load<u8>(out, 4))
}

/** An array of handles. */
export function blobGiven(_values: usize): Value {
  const out = allocate(OUT_BYTES)
  host.blobGiven(out)
  const list = load<usize>(out)
  const count = load<usize>(out, 4)
  const handles = allocate(count * 8)
  for (let i: usize = 0; i < count; i++) store<u64>(handles + i * 8, integer(load<u32>(list + i * 4)))
  release(list, count * 4)
  const array = arrayOf(count, handles)
  release(handles, count * 8)
  return array
}

/** (handle) */
export function blobSize(values: usize): Value {
  const out = allocate(OUT_BYTES)
  if (!lowerNumber(argument(values, 0), out)) return EXCEPTION
  host.blobSize(toU32(load<f64>(out)), out)
  return load<u8>(out) === 0 ? newNumber(context(), <f64>load<u32>(out, 4)) : failure(host.BLOB, load<u8>(out, 4))
}

/** (handle, offset, length) */
export function blobRead(values: usize): Value {
  const numbers = allocate(24)
  const out = allocate(OUT_BYTES)
  for (let i: usize = 0; i < 3; i++) {
    if (!lowerNumber(argument(values, i), numbers + i * 8)) return EXCEPTION
  }
  host.blobRead(toU32(load<f64>(numbers)), toU32(load<f64>(numbers, 8)), toU32(load<f64>(numbers, 16)), out)
  return load<u8>(out) === 0 ? liftBytes(load<usize>(out, 4), load<usize>(out, 8)) : failure(host.BLOB, load<u8>(out, 4))
}

/** (handle) */
export function blobDrop(values: usize): Value {
  const out = allocate(8)
  if (!lowerNumber(argument(values, 0), out)) return EXCEPTION
  host.blobDrop(toU32(load<f64>(out)))
  return UNDEFINED
}

/** (handle) */
export function blobAnswer(values: usize): Value {
  const out = allocate(OUT_BYTES)
  if (!lowerNumber(argument(values, 0), out)) return EXCEPTION
  host.blobAnswer(toU32(load<f64>(out)), out)
  return load<u8>(out) === 0 ? UNDEFINED : failure(host.BLOB, load<u8>(out, 1))
}

/** (pending): an array of status, headers and the handle of the body. */
export function httpTakeBlob(values: usize): Value {
  const out = allocate(OUT_BYTES)
  if (!lowerNumber(argument(values, 0), out)) return EXCEPTION
  host.httpTakeBlob(toU32(load<f64>(out)), out)
  if (load<u8>(out) !== 0) return failure(host.HTTP, load<u8>(out, 4))
  const parts = allocate(24)
  store<u64>(parts, integer(load<u16>(out, 4)))
  store<u64>(parts, liftHeaders(load<usize>(out, 8), load<usize>(out, 12)), 8)
  store<u64>(parts, integer(load<u32>(out, 16)), 16)
  return arrayOf(3, parts)
}
