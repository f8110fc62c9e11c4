/**
 * The part of QuickJS's C interface the adapter calls, and how a JavaScript value looks in it.
 *
 * A value is 64 bits: the tag in the upper half, an integer or a pointer in the lower. The creator of a value owns one
 * reference; functions that take ownership say so.
 *
 * @module
 */

/** A `JSValue`. */
export type Value = u64

// Tags of quickjs.h, for 32-bit pointers.
const TAG_BOOL: u64 = 1
const TAG_NULL: u64 = 2
const TAG_UNDEFINED: u64 = 3
const TAG_EXCEPTION: u64 = 6

export const NULL: Value = TAG_NULL << 32
export const UNDEFINED: Value = TAG_UNDEFINED << 32
/** The result of a function that has stored an exception in the context. */
export const EXCEPTION: Value = TAG_EXCEPTION << 32
export const TRUE: Value = (TAG_BOOL << 32) | 1
export const FALSE: Value = TAG_BOOL << 32

// JS_TAG_STRING and JS_TAG_STRING_ROPE.
const TAG_STRING: u32 = 0xfffffff9
const TAG_ROPE: u32 = 0xfffffffa

export function isString(value: Value): bool {
  const tag = <u32>(value >> 32)
  return tag === TAG_STRING || tag === TAG_ROPE
}

/** An integer as a value: tag 0. */
// @ts-ignore: decorator
@inline
export function integer(value: u32): Value {
  return <u64>value
}

@external('env', 'malloc') export declare function malloc(size: usize): usize
@external('env', 'free') export declare function free(pointer: usize): void

@external('env', 'JS_Call') export declare function call(context: usize, callee: Value, self: Value, count: i32, values: usize): Value
@external('env', 'JS_ExecutePendingJob') export declare function executePendingJob(runtime: usize, contextOut: usize): i32
@external('env', 'JS_DupValue') export declare function dupValue(context: usize, value: Value): Value
@external('env', 'JS_FreeValue') export declare function freeValue(context: usize, value: Value): void
/** Frees a value and the box of the engine that it lies in. */
@external('env', 'qjs_free_value') export declare function freeBoxed(box: usize): void
@external('env', 'JS_Throw') export declare function throwValue(context: usize, value: Value): Value
@external('env', 'JS_GetException') export declare function getException(context: usize): Value
@external('env', 'JS_HasException') export declare function hasException(context: usize): i32
@external('env', 'JS_NewCFunction2') export declare function newFunction(context: usize, index: usize, name: usize, length: i32, kind: i32, magic: i32): Value
@external('env', 'JS_NewStringLen') export declare function newString(context: usize, pointer: usize, length: usize): Value
/** A zero has to follow the text. `source` names it in errors. */
@external('env', 'JS_ParseJSON') export declare function parseJsonText(context: usize, text: usize, length: usize, source: usize): Value
@external('env', 'JS_NewUint8ArrayCopy') export declare function newUint8Array(context: usize, pointer: usize, length: usize): Value
/** Takes ownership of the values. */
@external('env', 'JS_NewArrayFrom') export declare function newArray(context: usize, count: i32, values: usize): Value
@external('env', 'JS_NewNumber') export declare function newNumber(context: usize, value: f64): Value
@external('env', 'JS_GetLength') export declare function getLength(context: usize, value: Value, lengthOut: usize): i32
@external('env', 'JS_GetPropertyUint32') export declare function getElement(context: usize, value: Value, index: u32): Value
/** Takes ownership of `value`. */
@external('env', 'JS_SetPropertyStr') export declare function setProperty(context: usize, target: Value, name: usize, value: Value): i32
@external('env', 'JS_ToFloat64') export declare function toFloat64(context: usize, numberOut: usize, value: Value): i32
/** For a string of ASCII the result points into the string itself: it must not be written to. */
@external('env', 'JS_ToCStringLen2') export declare function toCString(context: usize, lengthOut: usize, value: Value, cesu8: i32): usize
@external('env', 'JS_FreeCString') export declare function freeCString(context: usize, pointer: usize): void
@external('env', 'JS_GetUint8Array') export declare function getUint8Array(context: usize, lengthOut: usize, value: Value): usize
/** The `promiseState` of a fulfilled promise. */
export const FULFILLED: i32 = 1
@external('env', 'JS_PromiseState') export declare function promiseState(context: usize, value: Value): i32
@external('env', 'JS_PromiseResult') export declare function promiseResult(context: usize, promise: Value): Value
@external('env', 'qjs_get_context_ptr') export declare function contextPointer(): usize
@external('env', 'JS_GetRuntime') export declare function runtimeOf(context: usize): usize

// The engine's own functions, where the adapter has put others in their place.

@external('env', 'original.js_malloc_rt') export declare function mallocLarge(runtime: usize, size: usize): usize
@external('env', 'original.js_calloc_rt') export declare function callocLarge(runtime: usize, count: usize, size: usize): usize
@external('env', 'original.js_realloc_rt') export declare function reallocLarge(runtime: usize, pointer: usize, size: usize): usize
@external('env', 'original.js_free_rt') export declare function freeLarge(runtime: usize, pointer: usize): void
@external('env', 'original.js_arena_usable_size') export declare function usableSizeOfLarge(runtime: usize, pointer: usize): usize
@external('env', 'original.JS_JSONStringify') export declare function stringifyOther(context: usize, value: Value, replacer: Value, space: Value): Value
@external('env', 'original.JS_FreeValueRT') export declare function freeValueOfRuntime(runtime: usize, value: Value): void
