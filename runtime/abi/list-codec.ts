/**
 * Lists. Those of numbers are typed arrays on the JavaScript side, copied as one block.
 *
 * @module
 */

import type { Codec, FlatType } from './codec.ts'
import type { AbiContext } from './context.ts'
import { mismatch, trap, within } from './trap.ts'
import type { ValueType } from './types.ts'

// A limit of the canonical ABI.
const MAX_LIST_BYTES = 2 ** 28 - 1

// A function with more than 16 core values passes them in memory, so a longer list of core values has no use.
const TOO_MANY_FLAT = 17

const TYPED_ARRAYS = {
  u8: Uint8Array,
  s8: Int8Array,
  u16: Uint16Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
  u64: BigUint64Array,
  s64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const

/** Reads and writes a run of elements at a pointer. The range was checked before. */
export interface Run {
  readonly load: (context: AbiContext, pointer: number, length: number) => unknown
  readonly store: (
    context: AbiContext,
    pointer: number,
    values: ArrayLike<unknown>,
    length: number,
  ) => void
  /** Returns `value` when it can be stored. */
  readonly accept: (value: unknown) => ArrayLike<unknown>
}

export function listCodec(element: Codec, type: ValueType): Codec {
  const run = runOf(element, type)
  const { size, alignment } = element
  const decode = (context: AbiContext, pointer: number, length: number): unknown => {
    if (length * size > MAX_LIST_BYTES) trap(`Cannot lift list: ${length} elements are too many`)
    context.admit(pointer, length * size, alignment)
    return run.load(context, pointer, length)
  }
  // The length is read once: an accessor among the elements could change it after the room was made.
  const encode = (context: AbiContext, values: ArrayLike<unknown>, length: number): number => {
    if (length * size > MAX_LIST_BYTES) mismatch('list of less than 256 MiB', values)
    const pointer = context.allocate(length * size, alignment)
    run.store(context, pointer, values, length)
    return pointer
  }
  return {
    size: 8,
    alignment: 4,
    flat: ['i32', 'i32'],
    borrows: element.borrows,
    load: (context, pointer) => {
      const { view } = context.memory
      return decode(context, view.getUint32(pointer, true), view.getUint32(pointer + 4, true))
    },
    store: (context, pointer, value) => {
      const values = run.accept(value)
      const { length } = values
      const start = encode(context, values, length)
      const { view } = context.memory
      view.setUint32(pointer, start, true)
      view.setUint32(pointer + 4, length, true)
    },
    lift: (context, flat, at) =>
      decode(context, (flat[at] as number) >>> 0, (flat[at + 1] as number) >>> 0), // Both i32
    lower: (context, value, flat, at) => {
      const values = run.accept(value)
      const { length } = values
      flat[at] = encode(context, values, length)
      flat[at + 1] = length
    },
  }
}

/** `list<T, N>`: its elements lie where the list is, not behind a pointer. */
export function fixedListCodec(element: Codec, type: ValueType, length: number): Codec {
  const run = runOf(element, type)
  const step = element.flat.length
  const accept = (value: unknown): ArrayLike<unknown> => {
    const values = run.accept(value)
    return values.length === length ? values : mismatch(`list of ${length}`, value)
  }
  return {
    size: element.size * length,
    alignment: element.alignment,
    flat: Array.from(
      { length: Math.min(length, TOO_MANY_FLAT) },
      (): readonly FlatType[] => element.flat,
    ).flat(),
    borrows: element.borrows,
    load: (context, pointer) => run.load(context, pointer, length),
    store: (context, pointer, value) => run.store(context, pointer, accept(value), length),
    lift: (context, flat, at) => {
      const values = Array.from({ length }, (_, index) =>
        element.lift(context, flat, at + index * step),
      )
      const TypedArray = typedArrayOf(type)
      // Its elements are numbers of its kind: their codec made them.
      return TypedArray === undefined ? values : new TypedArray(values as never)
    },
    lower: (context, value, flat, at) => {
      const values = accept(value)
      for (let index = 0; index < length; index++) {
        try {
          element.lower(context, values[index], flat, at + index * step)
        } catch (error) {
          throw within(error, `[${index}]`)
        }
      }
    },
  }
}

type TypedArrayClass = (typeof TYPED_ARRAYS)[keyof typeof TYPED_ARRAYS]

function typedArrayOf({ kind }: ValueType): TypedArrayClass | undefined {
  return kind in TYPED_ARRAYS ? TYPED_ARRAYS[kind as keyof typeof TYPED_ARRAYS] : undefined
}

/** Numbers are typed arrays on the JavaScript side, other elements arrays. */
export function runOf(element: Codec, type: ValueType): Run {
  const elements = elementRun(element, type.kind)
  const TypedArray = typedArrayOf(type)
  return TypedArray === undefined ? elements : typedRun(TypedArray, elements)
}

// Size of an element in the host, where a byte of flags becomes an object. If bytes of the guest were counted,
// a guest of 64 MiB could answer with more objects than the heap of its host can hold.
const OBJECT_BYTES = 64
const SCALAR_BYTES = 8

/** Bytes that one element counts for where it is lifted, what it points to apart. */
export function elementBytes({ size }: Codec, { kind }: ValueType): number {
  return kind in TYPED_ARRAYS ? size : size + hostBytesOf(kind)
}

function hostBytesOf(kind: string): number {
  return kind in TYPED_ARRAYS || kind === 'bool' ? SCALAR_BYTES : OBJECT_BYTES
}

function elementRun(element: Codec, kind: string): Run {
  const { size } = element
  const hostBytes = hostBytesOf(kind)
  return {
    load: (context, pointer, length) => {
      context.charge(length * hostBytes)
      const values: unknown[] = []
      for (let index = 0; index < length; index++) {
        values.push(element.load(context, pointer + index * size))
      }
      return values
    },
    store: (context, pointer, values, length) => {
      context.count(length * hostBytes)
      for (let index = 0; index < length; index++) {
        try {
          element.store(context, pointer + index * size, values[index])
        } catch (error) {
          throw within(error, `[${index}]`)
        }
      }
    },
    accept: (value) => (Array.isArray(value) ? value : mismatch(`list<${kind}>`, value)),
  }
}

function typedRun(TypedArray: TypedArrayClass, elements: Run): Run {
  const { BYTES_PER_ELEMENT } = TypedArray
  return {
    load: (context, pointer, length) => {
      if (TypedArray === Uint8Array) return context.bytesAt(pointer, length)
      const { buffer } = context.memory.bytes
      return new TypedArray(buffer.slice(pointer, pointer + length * BYTES_PER_ELEMENT))
    },
    store: (context, pointer, values, length) => {
      if (!(values instanceof TypedArray)) return elements.store(context, pointer, values, length)
      const { buffer, byteOffset, byteLength } = values
      context.memory.bytes.set(new Uint8Array(buffer, byteOffset, byteLength), pointer)
    },
    // An array of numbers will do: each is checked when it is stored.
    accept: (value) => (value instanceof TypedArray ? value : elements.accept(value)),
  }
}
