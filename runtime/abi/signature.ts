/**
 * The parameters and the result of a function, as they cross: flat up to a number of core values, in memory
 * beyond it.
 *
 * @module
 */

import type { Codec, FlatType, FlatValue } from './codec.ts'
import type { CodecSet } from './codec-set.ts'
import type { AbiContext } from './context.ts'
import { layOut, type Layout } from './record-codec.ts'
import { mismatch, within } from './trap.ts'
import type { FunctionType } from './types.ts'

export const MAX_FLAT_PARAMS = 16
export const MAX_FLAT_ASYNC_PARAMS = 4
const MAX_FLAT_RESULTS = 1

export class Signature {
  readonly type: FunctionType
  readonly result: Codec | undefined
  /** Whether the result does not fit one core value and so travels through memory. */
  readonly spillsResult: boolean
  readonly borrows: boolean
  /** When the result is a `result`: its error case. JavaScript throws it. */
  readonly throws: boolean
  /** When the result is a future: to JavaScript it is a promise, which is no promise of the result. */
  readonly givesFuture: boolean
  readonly #params: Layout

  constructor(type: FunctionType, codecs: CodecSet) {
    this.type = type
    this.#params = layOut(
      type.params.map((param, index) => ({ key: `[${index}]`, codec: codecs.get(param.type) })),
    )
    this.result = type.result && codecs.get(type.result)
    this.spillsResult = (this.result?.flat.length ?? 0) > MAX_FLAT_RESULTS
    this.borrows = this.#params.borrows
    this.throws = type.result?.kind === 'result'
    this.givesFuture = type.result?.kind === 'future'
  }

  /** How many core values the parameters take when `max` may be flat. */
  flatCount(max: number): number {
    const { length } = this.#params.flat
    return length > max ? 1 : length
  }

  /** The core type of the function as a guest imports it, without `async`. */
  get loweredType(): { params: readonly FlatType[]; result: FlatType | undefined } {
    const { flat } = this.#params
    const params: readonly FlatType[] = flat.length > MAX_FLAT_PARAMS ? ['i32'] : flat
    return this.spillsResult
      ? { params: [...params, 'i32'], result: undefined }
      : { params, result: this.result?.flat[0] }
  }

  /** The same with `async`. */
  get asyncLoweredType(): { params: readonly FlatType[]; result: FlatType } {
    const { flat } = this.#params
    const params: readonly FlatType[] = flat.length > MAX_FLAT_ASYNC_PARAMS ? ['i32'] : flat
    return { params: this.result === undefined ? params : [...params, 'i32'], result: 'i32' }
  }

  /** The core type of the function as a guest exports it. */
  liftedType(
    isAsync: boolean,
    hasCallback: boolean,
  ): { params: readonly FlatType[]; result: FlatType | undefined } {
    const { flat } = this.#params
    const params: readonly FlatType[] = flat.length > MAX_FLAT_PARAMS ? ['i32'] : flat
    if (isAsync) return { params, result: hasCallback ? 'i32' : undefined }
    return { params, result: this.spillsResult ? 'i32' : this.result?.flat[0] }
  }

  lowerParams(context: AbiContext, values: readonly unknown[]): FlatValue[] {
    const { fields, flat, size, alignment } = this.#params
    if (values.length > fields.length) mismatch(`${fields.length} arguments`, values)
    const core: FlatValue[] = []
    const spills = flat.length > MAX_FLAT_PARAMS
    const pointer = spills ? context.allocate(size, alignment) : 0
    for (let index = 0; index < fields.length; index++) {
      const { key, codec, offset, flatOffset } = fields[index] as (typeof fields)[number] // In range
      try {
        if (spills) codec.store(context, pointer + offset, values[index])
        else codec.lower(context, values[index], core, flatOffset)
      } catch (error) {
        throw within(error, key)
      }
    }
    if (spills) core.push(pointer)
    context.end()
    return core
  }

  liftParams(context: AbiContext, core: readonly FlatValue[], max: number): unknown[] {
    const { fields, flat, size, alignment } = this.#params
    const values: unknown[] = []
    if (flat.length > max) {
      const pointer = (core[0] as number) >>> 0 // A pointer is an i32
      context.memory.check(pointer, size, alignment)
      context.count(size)
      for (const { codec, offset } of fields) values.push(codec.load(context, pointer + offset))
    } else {
      for (const { codec, flatOffset } of fields) values.push(codec.lift(context, core, flatOffset))
    }
    context.end()
    return values
  }

  /** Lifts the result of a core function. */
  liftResult(context: AbiContext, core: unknown): unknown {
    const { result } = this
    if (result === undefined) return undefined
    if (!this.spillsResult) return result.lift(context, [core as FlatValue], 0) // Its core type says which
    const pointer = (core as number) >>> 0
    context.memory.check(pointer, result.size, result.alignment)
    context.count(result.size)
    const value = result.load(context, pointer)
    context.end()
    return value
  }

  /** Lowers to the core result, or, where the result spills, to the pointer that the caller passed. */
  lowerResult(context: AbiContext, value: unknown, pointer: number): FlatValue | undefined {
    const { result } = this
    if (result === undefined) return undefined
    if (this.spillsResult) {
      this.storeResult(context, value, pointer)
      return undefined
    }
    const core: FlatValue[] = []
    result.lower(context, value, core, 0)
    return core[0]
  }

  storeResult(context: AbiContext, value: unknown, pointer: number): void {
    const { result } = this
    if (result === undefined) return
    context.memory.claim(pointer, result.size, result.alignment)
    context.count(result.size)
    result.store(context, pointer, value)
    context.end()
  }
}
