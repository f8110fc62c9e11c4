/**
 * The JSON text of plain values, in place of the engine's function for it: objects and arrays without a prototype of their
 * own, without getters and `toJSON`, and what may be in them.
 *
 * The engine's function makes a list of the names of each object, two strings for each name, and an object around the
 * value: a small answer took it as long as all of a request without a body. This one reads values where they lie, runs no
 * script and changes nothing. Where it meets anything else, it gives up, and the engine begins anew.
 *
 * @module
 */

import { OTHER, TOO_LONG, writeText } from './json-text.as'
import { block, BLOCK_BYTES, field, mark, SCRATCH } from './memory.as'
import {
  FALSE, free, freeCString, isString, malloc, newString, NULL, stringifyOther, toCString, toFloat64, TRUE, UNDEFINED,
  Value,
} from './quickjs.as'

/** Room for the text where the stack of the adapter has too little. A longer text is left to the engine. */
const LARGE_BYTES: usize = 131072
/** Deeper values, and those that contain themselves, are left to the engine. */
const MAX_DEPTH: i32 = 64

const TAG_OBJECT: u32 = 0xffffffff
// From the one on, and below the other, tags are parts of numbers with a fraction.
const FIRST_COUNTED: u32 = 0xfffffff7
const FIRST_FLOAT: u32 = 8

// Offsets in `JSContext`, `JSRuntime`, `JSObject`, `JSShape` and `JSString` of quickjs.c.
const CONTEXT_RUNTIME: usize = 8
const CONTEXT_PROTOTYPES: usize = 48
const RUNTIME_ATOMS: usize = 568
const OBJECT_FLAGS: usize = 8
const OBJECT_CLASS: usize = 10
const OBJECT_SHAPE: usize = 12
const OBJECT_VALUES: usize = 16
const ARRAY_VALUES: usize = 28
const ARRAY_COUNT: usize = 32
const SHAPE_MASK: usize = 16
const SHAPE_COUNT: usize = 24
const SHAPE_PROTOTYPE: usize = 36
/** The places of properties by hash, as many as the mask says and one; the properties follow. */
const SHAPE_PLACES: usize = 40
const STRING_TYPE: usize = 4

// JS_CLASS_OBJECT and JS_CLASS_ARRAY.
const CLASS_OBJECT: u16 = 1
const CLASS_ARRAY: u16 = 2
const IS_EXOTIC: u16 = 8
const IS_FAST_ARRAY: u16 = 16
/** Of a property: enumerable, and of another kind than a value. */
const IS_ENUMERABLE: u32 = 4 << 26
const KIND: u32 = 3 << 30
/** JS_ATOM_toJSON */
const TO_JSON: u32 = 154
// JS_ATOM_TYPE_STRING, in the upper two bits.
const TYPE: u32 = 0xc0000000
const TYPE_STRING: u32 = 0x40000000
/** The string with the address 0. */
const STRING: Value = 0xfffffff900000000

/** JS_JSONStringify */
export function stringify(context: usize, value: Value, replacer: Value, space: Value): Value {
  const isPlain = replacer === UNDEFINED && space === UNDEFINED && tagOf(value) === TAG_OBJECT
  if (isPlain && hasPlainPrototypes(context)) {
    // Nothing else uses the stack meanwhile.
    const start = mark()
    const text = write(context, value, start, block + BLOCK_BYTES)
    if (text > TOO_LONG) return newString(context, start, text - start)
    if (text === TOO_LONG) {
      const made = stringifyLong(context, value)
      if (made !== UNDEFINED) return made
    }
  }
  return stringifyOther(context, value, replacer, space)
}

/** Undefined where the engine has to do it. */
function stringifyLong(context: usize, value: Value): Value {
  const room = malloc(LARGE_BYTES)
  if (room === 0) return UNDEFINED
  const text = write(context, value, room, room + LARGE_BYTES)
  const made = text > TOO_LONG ? newString(context, room, text - room) : UNDEFINED
  free(room)
  return made
}

/** Whether nothing that all objects and arrays inherit takes part: neither has `toJSON`, and arrays inherit from objects. */
function hasPlainPrototypes(context: usize): bool {
  const arrays = prototypeOf(context, CLASS_ARRAY)
  const objects = prototypeOf(context, CLASS_OBJECT)
  return (
    load<usize>(load<usize>(arrays, OBJECT_SHAPE), SHAPE_PROTOTYPE) === objects &&
    !hasToJson(objects) &&
    !hasToJson(arrays)
  )
}

// @ts-ignore: decorator
@inline
function prototypeOf(context: usize, class_: u16): usize {
  return <usize>load<u32>(load<usize>(context, CONTEXT_PROTOTYPES) + <usize>class_ * 8)
}

/** find_own_property */
function hasToJson(object: usize): bool {
  const shape = load<usize>(object, OBJECT_SHAPE)
  const mask = load<u32>(shape, SHAPE_MASK)
  const properties = propertiesOf(shape)
  const hash = (TO_JSON * 0x61c88647) >>> (clz(mask + 1) + 1)
  let place = load<u32>(properties - (<usize>hash + 1) * 4)
  while (place !== 0) {
    const property = properties + <usize>(place - 1) * 8
    if (load<u32>(property, 4) === TO_JSON) return true
    place = load<u32>(property) & 0x3ffffff
  }
  return false
}

// @ts-ignore: decorator
@inline
function propertiesOf(shape: usize): usize {
  return shape + SHAPE_PLACES + (<usize>load<u32>(shape, SHAPE_MASK) + 1) * 4
}

// @ts-ignore: decorator
@inline
function tagOf(value: Value): u32 {
  return <u32>(value >> 32)
}

/** Writes `value`, which is not undefined, at `at`. */
function write(context: usize, value: Value, at: usize, end: usize, depth: i32 = 0): usize {
  const tag = tagOf(value)
  // As long as any value but a text, an array and an object.
  if (end < at + 32) return TOO_LONG
  if (isString(value)) return writeText(context, value, at, end)
  if (tag === 0) return writeInteger(<i32>value, at)
  if (tag === TAG_OBJECT) {
    if (depth === MAX_DEPTH) return OTHER
    const object = <usize>value
    const class_ = load<u16>(object, OBJECT_CLASS)
    if (class_ === CLASS_OBJECT) return writeObject(context, object, at, end, depth + 1)
    return class_ === CLASS_ARRAY ? writeArray(context, object, at, end, depth + 1) : OTHER
  }
  if (value === TRUE) return writeWord(0x65757274, at) // "true"
  if (value === FALSE) {
    store<u8>(writeWord(0x736c6166, at), 0x65) // "fals" and "e"
    return at + 5
  }
  if (value === NULL) return writeWord(0x6c6c756e, at) // "null"
  if (tag >= FIRST_FLOAT && tag < FIRST_COUNTED) return writeNumber(context, value, at)
  return OTHER
}

// @ts-ignore: decorator
@inline
function writeWord(word: u32, at: usize): usize {
  store<u32>(at, word)
  return at + 4
}

function writeObject(context: usize, object: usize, start: usize, end: usize, depth: i32): usize {
  if ((load<u16>(object, OBJECT_FLAGS) & IS_EXOTIC) !== 0) return OTHER
  const shape = load<usize>(object, OBJECT_SHAPE)
  const prototype = load<usize>(shape, SHAPE_PROTOTYPE)
  if (prototype !== 0 && prototype !== prototypeOf(context, CLASS_OBJECT)) return OTHER
  const atoms = load<usize>(load<usize>(context, CONTEXT_RUNTIME), RUNTIME_ATOMS)
  const count = <usize>load<u32>(shape, SHAPE_COUNT)
  const properties = propertiesOf(shape)
  const values = load<usize>(object, OBJECT_VALUES)
  let at = start
  for (let i: usize = 0; i < count; i++) {
    const flags = load<u32>(properties + i * 8)
    const atom = load<u32>(properties + i * 8, 4)
    // One that was deleted has none.
    if (atom === 0 || (flags & IS_ENUMERABLE) === 0) continue
    if ((flags & KIND) !== 0 || atom === TO_JSON || <i32>atom < 0) return OTHER
    const name = load<usize>(atoms + <usize>atom * 4)
    // Names that are no strings are not shown.
    if ((load<u32>(name, STRING_TYPE) & TYPE) !== TYPE_STRING) continue
    const value = load<u64>(values + i * 8)
    if (value === UNDEFINED) continue
    if (end - at < 8) return TOO_LONG
    store<u8>(at, at === start ? 0x7b : 0x2c) // "{" or ","
    const key = at + 1
    at = writeText(context, STRING | <u64>name, key, end)
    if (at <= TOO_LONG) return at
    // Indices come first, whatever their place.
    if (<u32>load<u8>(key, 1) - 0x30 < 10) return OTHER
    if (at === end) return TOO_LONG
    store<u8>(at, 0x3a) // ":"
    at = write(context, value, at + 1, end, depth)
    if (at <= TOO_LONG) return at
  }
  if (end - at < 2) return TOO_LONG
  if (at === start) store<u8>(at++, 0x7b)
  store<u8>(at, 0x7d) // "}"
  return at + 1
}

function writeArray(context: usize, array: usize, start: usize, end: usize, depth: i32): usize {
  const shape = load<usize>(array, OBJECT_SHAPE)
  // It has no property but its length.
  if (load<u32>(shape, SHAPE_COUNT) !== 1 || (load<u16>(array, OBJECT_FLAGS) & IS_FAST_ARRAY) === 0) return OTHER
  if (load<usize>(shape, SHAPE_PROTOTYPE) !== prototypeOf(context, CLASS_ARRAY)) return OTHER
  const count = <usize>load<u32>(array, ARRAY_COUNT)
  // The length may be more than it has elements.
  if (load<u64>(load<usize>(array, OBJECT_VALUES)) !== <u64>count) return OTHER
  const values = load<usize>(array, ARRAY_VALUES)
  let at = start
  store<u8>(at++, 0x5b) // "["
  for (let i: usize = 0; i < count; i++) {
    if (end - at < 2) return TOO_LONG
    if (i > 0) store<u8>(at++, 0x2c) // ","
    const value = load<u64>(values + i * 8)
    at = write(context, value === UNDEFINED ? NULL : value, at, end, depth)
    if (at <= TOO_LONG) return at
  }
  if (at === end) return TOO_LONG
  store<u8>(at, 0x5d) // "]"
  return at + 1
}

function writeInteger(value: i32, start: usize): usize {
  let at = start
  if (value < 0) store<u8>(at++, 0x2d) // "-"
  let left = value < 0 ? 0 - <u32>value : <u32>value
  let digits: usize = 1
  for (let rest = left; rest > 9; rest /= 10) digits++
  const end = at + digits
  for (at = end; digits > 0; digits--) {
    store<u8>(--at, <u8>(0x30 + (left % 10)))
    left /= 10
  }
  return end
}

/** Of a number with a fraction, or a large one: 25 bytes at most. One that JSON does not have is null. */
function writeNumber(context: usize, value: Value, at: usize): usize {
  const number = field(SCRATCH) + 8
  if (toFloat64(context, number, value) !== 0) return OTHER
  if (!isFinite<f64>(load<f64>(number))) return writeWord(0x6c6c756e, at)
  const text = toCString(context, field(SCRATCH), value, 0)
  if (text === 0) return OTHER
  const length = load<usize>(field(SCRATCH))
  for (let i: usize = 0; i < length; i++) store<u8>(at + i, load<u8>(text + i))
  freeCString(context, text)
  return at + length
}
