/**
 * Variants, and the types that the canonical ABI treats as variants: options, results, enums.
 *
 * @module
 */

import { alignTo, type Codec, type FlatType, type FlatValue } from './codec.ts'
import type { AbiContext } from './context.ts'
import { conversions, joinAll, type Conversion } from './join.ts'
import { mismatch, trap, within } from './trap.ts'

/** How a variant looks in JavaScript. */
export interface VariantView {
  /** Returns the index of the case `value` is, or throws a mismatch. */
  readonly select: (value: unknown) => number
  readonly payload: (value: unknown) => unknown
  readonly build: (index: number, payload: unknown) => unknown
  /** The segment of a path through the payload: `.val`, or empty for an option. */
  readonly segment: string
}

interface Case {
  readonly codec: Codec | undefined
  /** For each core value of the payload, how it becomes the shared one and back; absent when none needs to. */
  readonly widen: readonly Conversion[] | undefined
}

export function variantCodec(payloads: readonly (Codec | undefined)[], view: VariantView): Codec {
  const shared = joinAll(payloads)
  const flat: readonly FlatType[] = ['i32', ...shared]
  const zeros = shared.map((type): FlatValue => (type === 'i64' ? 0n : 0))
  const cases = payloads.map((codec) => ({
    codec,
    widen: codec && conversions(codec.flat, shared),
  }))
  const discriminant = discriminantOf(payloads.length)
  const alignment = Math.max(discriminant.size, ...payloads.map((codec) => codec?.alignment ?? 1))
  const offset = alignTo(
    discriminant.size,
    Math.max(1, ...payloads.map((codec) => codec?.alignment ?? 1)),
  )
  const payloadSize = Math.max(0, ...payloads.map((codec) => codec?.size ?? 0))
  const caseAt = (index: number): Case =>
    cases[index] ?? trap(`Cannot lift variant: there is no case ${index} of ${cases.length}`)

  return {
    size: alignTo(offset + payloadSize, alignment),
    alignment,
    flat,
    borrows: payloads.some((codec) => codec?.borrows),
    load: (context, pointer) => {
      const index = discriminant.get(context.memory.view, pointer)
      const { codec } = caseAt(index)
      return view.build(index, codec?.load(context, pointer + offset))
    },
    store: (context, pointer, value) => {
      const index = view.select(value)
      discriminant.set(context.memory.view, pointer, index)
      const { codec } = caseAt(index)
      if (codec === undefined) return
      try {
        codec.store(context, pointer + offset, view.payload(value))
      } catch (error) {
        throw within(error, view.segment)
      }
    },
    lift: (context, values, at) => {
      const index = (values[at] as number) >>> 0 // The discriminant is an i32
      const { codec, widen } = caseAt(index)
      if (codec === undefined) return view.build(index, undefined)
      if (widen === undefined) return view.build(index, codec.lift(context, values, at + 1))
      const own = widen.map(({ from }, slot) => from(values[at + 1 + slot] as FlatValue))
      return view.build(index, codec.lift(context, own, 0))
    },
    lower: (context, value, values, at) => {
      const index = view.select(value)
      const { codec, widen } = caseAt(index)
      values[at] = index
      if (codec !== undefined) lowerPayload(context, codec, view, value, values, at + 1)
      for (const [slot, { to }] of (widen ?? []).entries()) {
        values[at + 1 + slot] = to(values[at + 1 + slot] as FlatValue)
      }
      for (let slot = codec?.flat.length ?? 0; slot < zeros.length; slot++) {
        values[at + 1 + slot] = zeros[slot] as FlatValue // Within its length
      }
    },
  }
}

function lowerPayload(
  context: AbiContext,
  codec: Codec,
  view: VariantView,
  value: unknown,
  values: FlatValue[],
  at: number,
): void {
  try {
    codec.lower(context, view.payload(value), values, at)
  } catch (error) {
    throw within(error, view.segment)
  }
}

/** An enum is a variant without payloads: its name in JavaScript. */
export function enumCodec(names: readonly string[]): Codec {
  const discriminant = discriminantOf(names.length)
  const indices = new Map(names.map((name, index) => [name, index]))
  const encode = (value: unknown): number =>
    indices.get(value as string) ?? mismatch(`one of ${quote(names)}`, value) // A map has no key it was not given
  const decode = (index: number): string =>
    names[index] ?? trap(`Cannot lift enum: there is no case ${index} of ${names.length}`)
  return {
    size: discriminant.size,
    alignment: discriminant.size,
    flat: ['i32'],
    borrows: false,
    load: (context, pointer) => decode(discriminant.get(context.memory.view, pointer)),
    store: (context, pointer, value) =>
      discriminant.set(context.memory.view, pointer, encode(value)),
    lift: (_context, flat, at) => decode((flat[at] as number) >>> 0), // i32
    lower: (_context, value, flat, at) => {
      flat[at] = encode(value)
    },
  }
}

/** `{ tag, val }`, where a case without payload has no `val`. */
export function taggedView(
  cases: readonly { readonly name: string; readonly hasPayload: boolean }[],
): VariantView {
  const indices = new Map(cases.map(({ name }, index) => [name, index]))
  const expected = `variant with tag ${quote(cases.map(({ name }) => name))}`
  return {
    select: (value) => {
      if (typeof value !== 'object' || value === null) mismatch(expected, value)
      const { tag } = value as { tag?: unknown } // Looked up in the map, so any value is fine
      const index = indices.get(tag as string)
      return index ?? unknownTag(expected, tag)
    },
    payload: (value) => (value as { val?: unknown }).val, // `select` saw an object
    build: (index, val) => {
      const { name, hasPayload } = cases[index] as (typeof cases)[number] // Checked by the codec
      return hasPayload ? { tag: name, val } : { tag: name }
    },
    segment: '.val',
  }
}

/** `value | undefined`. Not for an option of an option: nothing would tell `some(none)` from `none`. */
export const optionView: VariantView = {
  select: (value) => (value === undefined || value === null ? 0 : 1),
  payload: (value) => value,
  build: (index, payload) => (index === 0 ? undefined : payload),
  segment: '',
}

function unknownTag(expected: string, tag: unknown): never {
  try {
    return mismatch(expected, tag)
  } catch (error) {
    throw within(error, '.tag')
  }
}

// A message lists this many names at most.
const SHOWN_NAMES = 8

function quote(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_NAMES).map((name) => `"${name}"`)
  return shown.join(', ') + (names.length > SHOWN_NAMES ? ', …' : '')
}

interface Discriminant {
  readonly size: 1 | 2 | 4
  readonly get: (view: DataView, pointer: number) => number
  readonly set: (view: DataView, pointer: number, index: number) => void
}

function discriminantOf(count: number): Discriminant {
  if (count <= 0x100) {
    return {
      size: 1,
      get: (view, pointer) => view.getUint8(pointer),
      set: (view, pointer, index) => view.setUint8(pointer, index),
    }
  }
  if (count <= 0x1_0000) {
    return {
      size: 2,
      get: (view, pointer) => view.getUint16(pointer, true),
      set: (view, pointer, index) => view.setUint16(pointer, index, true),
    }
  }
  return {
    size: 4,
    get: (view, pointer) => view.getUint32(pointer, true),
    set: (view, pointer, index) => view.setUint32(pointer, index, true),
  }
}
