/**
 * `structuredClone`, for the values that occur in one agent. Transferring copies.
 *
 * @module
 */

import { Blob } from './blob.ts'

export function structuredClone<T>(value: T): T {
  // The copy has the type of the original; the walk below cannot say so.
  return copy(value, new Map()) as T
}

function copy(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw uncloneable(value)
  if (typeof value !== 'object' || value === null) return value
  const before = seen.get(value)
  if (before !== undefined) return before
  const shell = toShell(value, seen)
  seen.set(value, shell)
  if (value instanceof Map && shell instanceof Map) {
    for (const [key, item] of value) shell.set(copy(key, seen), copy(item, seen))
  } else if (value instanceof Set && shell instanceof Set) {
    for (const item of value) shell.add(copy(item, seen))
  } else if (value instanceof Error && shell instanceof Error) {
    if ('cause' in value) shell.cause = copy(value.cause, seen)
  } else if (isPlain(value)) {
    for (const key of Object.keys(value))
      Reflect.set(shell, key, copy(Reflect.get(value, key), seen))
  }
  return shell
}

function toShell(value: object, seen: Map<object, unknown>): object {
  if (Array.isArray(value)) return Array.from({ length: value.length })
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof RegExp) return new RegExp(value.source, value.flags)
  if (value instanceof Map) return new Map()
  if (value instanceof Set) return new Set()
  if (value instanceof ArrayBuffer) return value.slice(0)
  if (ArrayBuffer.isView(value)) return copyView(value, seen)
  if (value instanceof Boolean || value instanceof Number || value instanceof String) {
    return Object(value.valueOf()) as object
  }
  if (value instanceof Blob) return value
  if (value instanceof Error) return copyError(value)
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) {
    throw uncloneable(value)
  }
  return {}
}

function copyView(view: ArrayBufferView, seen: Map<object, unknown>): object {
  const buffer = copy(view.buffer, seen)
  const length = view instanceof DataView ? view.byteLength : (view as Uint8Array).length
  return Reflect.construct(view.constructor, [buffer, view.byteOffset, length]) as object
}

function copyError(error: Error): Error {
  const constructors = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]
  const Constructor = constructors.find(({ name }) => name === error.name) ?? Error
  const shell = new Constructor(error.message)
  if (error.stack !== undefined) shell.stack = error.stack
  return shell
}

function isPlain(value: object): boolean {
  return Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]'
}

function uncloneable(value: unknown): DOMException {
  return new DOMException(`Cannot clone ${String(value)}`, 'DataCloneError')
}
