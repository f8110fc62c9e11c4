/**
 * `structuredClone`: copies what the standard can copy, and moves buffers and streams that are transferred.
 *
 * @module
 */

import { parts } from '../parts.ts'
import { Blob, File } from '../web/blob.ts'
import { define } from './define.ts'

interface CloneOptions {
  /** Objects to move: they cannot be used after. */
  transfer?: Iterable<object>
}

type Seen = Map<object, unknown>

// Their constructors may have been replaced since, which changes nothing for the objects of this library.
const PLATFORM = [
  ...['EventTarget', 'Event', 'Headers', 'Request', 'Response', 'URL', 'FormData', 'CryptoKey'],
  ...['URLSearchParams', 'ReadableStream', 'WritableStream', 'TransformStream'],
]
const OTHERS = [Promise, WeakMap, WeakSet, WeakRef, Symbol]
const WRAPPERS = [Boolean, Number, String, BigInt]

/**
 * Copies `value`.
 *
 * @throws {DOMException} DataCloneError for what can be neither copied nor moved
 */
function structuredClone<T>(value: T, options?: CloneOptions | null): T {
  if (arguments.length === 0) throw new TypeError('Cannot clone: no value is given')
  const moved = [...(options?.transfer ?? [])]
  const seen: Seen = new Map()
  const ends: (() => void)[] = []
  for (const each of moved) {
    if (seen.has(each)) throw uncloneable(each, 'move twice')
    // Not the original any more, for whatever refers to it.
    seen.set(each, each instanceof ArrayBuffer ? standIn(each, ends) : undefined)
  }
  for (const each of moved) {
    if (each instanceof ArrayBuffer) continue
    const stream = parts.moveStream?.(each)
    if (stream === undefined) throw uncloneable(each, 'move')
    seen.set(each, stream)
  }
  // The copy has the type of the original; the walk below cannot say so.
  const result = copy(value, seen) as T
  // Only now: what cannot be copied must leave all as it was.
  for (const end of ends) end()
  return result
}

function copy(value: unknown, seen: Seen): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw uncloneable(value)
  if (typeof value !== 'object' || value === null) return value
  const before = seen.get(value)
  if (before !== undefined) return before
  const shell = toShell(value, seen)
  seen.set(value, shell ?? {})
  if (shell !== undefined && !Array.isArray(shell)) {
    fill(value, shell, seen)
    return shell
  }
  const target = seen.get(value) as object
  for (const key of Object.keys(value)) {
    // A getter before may have removed it.
    if (!Object.hasOwn(value, key)) continue
    const item = copy(Reflect.get(value, key), seen)
    Object.defineProperty(target, key, {
      value: item,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
  return target
}

/** Copies into `shell` what `value` contains, if that is a collection or an error. */
function fill(value: object, shell: object, seen: Seen): void {
  if (value instanceof Map && shell instanceof Map) {
    for (const [key, item] of [...value]) shell.set(copy(key, seen), copy(item, seen))
  } else if (value instanceof Set && shell instanceof Set) {
    for (const item of [...value]) shell.add(copy(item, seen))
  } else if (value instanceof Error && 'cause' in value) {
    const cause = copy(value.cause, seen)
    Object.defineProperty(shell, 'cause', { value: cause, writable: true, configurable: true })
  }
}

/** An object of the kind of `value`, without what it contains; nothing for a plain object. */
function toShell(value: object, seen: Seen): object | undefined {
  // With its holes, which `Array.from` would fill.
  if (Array.isArray(value)) return Object.assign([], { length: value.length })
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof RegExp) return new RegExp(value.source, value.flags)
  if (value instanceof Map) return new Map()
  if (value instanceof Set) return new Set()
  if (value instanceof ArrayBuffer) {
    requireThere(value)
    return value.slice(0)
  }
  if (ArrayBuffer.isView(value)) return copyView(value, seen)
  if (WRAPPERS.some((wrapper) => value instanceof wrapper)) {
    return Object(value.valueOf()) as object
  }
  if (value instanceof File) {
    return new File([value], value.name, { type: value.type, lastModified: value.lastModified })
  }
  if (value instanceof Blob) return new Blob([value], { type: value.type })
  if (value instanceof DOMException) return new DOMException(value.message, value.name)
  if (value instanceof Error) return copyError(value)
  if (OTHERS.some((other) => value instanceof other) || isPlatform(value)) {
    throw uncloneable(value)
  }
  return undefined
}

function isPlatform(value: object): boolean {
  return PLATFORM.some((name) => {
    const owner: unknown = Reflect.get(globalThis, name)
    return typeof owner === 'function' && value instanceof owner
  })
}

function copyView(view: ArrayBufferView, seen: Seen): object {
  const { byteOffset, byteLength } = view
  const length = view instanceof DataView ? byteLength : (view as Uint8Array).length
  const buffer = copy(view.buffer, seen)
  // By its kind: an agent may have made a class of its own of it.
  const kind = view instanceof DataView ? 'DataView' : view[Symbol.toStringTag as never]
  const made = Reflect.get(globalThis, kind) as new (...args: unknown[]) => object
  return new made(buffer, byteOffset, length)
}

function copyError(error: Error): Error {
  const constructors = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]
  const name = String(error.name)
  const made = constructors.find((each) => each.name === name) ?? Error
  const shell = new made()
  const hidden = { writable: true, configurable: true }
  const { value } = Object.getOwnPropertyDescriptor(error, 'message') ?? {}
  const text = value === undefined ? undefined : String(value)
  if (text === undefined) Reflect.deleteProperty(shell, 'message')
  else Object.defineProperty(shell, 'message', { value: text, ...hidden })
  if (error.stack !== undefined) {
    Object.defineProperty(shell, 'stack', { value: String(error.stack), ...hidden })
  }
  return shell
}

/** A buffer to move `buffer` into. That happens in `ends`: to read a value may run code that still writes to it. */
function standIn(buffer: ArrayBuffer, ends: (() => void)[]): ArrayBuffer {
  requireThere(buffer)
  const stand = new ArrayBuffer(buffer.byteLength)
  ends.push(() => {
    requireThere(buffer)
    new Uint8Array(stand).set(new Uint8Array(buffer).subarray(0, stand.byteLength))
    buffer.transfer(0)
  })
  return stand
}

function requireThere(buffer: ArrayBuffer): void {
  if (buffer.detached) throw uncloneable(buffer, 'clone what has been moved away:')
}

function uncloneable(value: unknown, action = 'clone'): DOMException {
  const shown =
    typeof value === 'object' ? Object.prototype.toString.call(value) : String(value).slice(0, 80)
  return new DOMException(`Cannot ${action} ${shown}`, 'DataCloneError')
}

define({ structuredClone })
