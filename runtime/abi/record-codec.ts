/**
 * Records and tuples: values laid out one after another.
 *
 * @module
 */

import { alignTo, type Codec } from './codec.ts'
import { liftFields, loadFields, lowerFields, storeFields, type Field } from './record-fields.ts'
import { givenUnder, isInherited } from './inherited.ts'
import { mismatch, within } from './trap.ts'

export interface Layout {
  readonly fields: readonly Field[]
  readonly size: number
  readonly alignment: number
  readonly flat: Codec['flat']
  readonly borrows: boolean
}

export function layOut(entries: readonly { key: string; codec: Codec }[]): Layout {
  let offset = 0
  let flatOffset = 0
  let alignment = 1
  const fields = entries.map(({ key, codec }) => {
    offset = alignTo(offset, codec.alignment)
    const field = { key, codec, offset, flatOffset }
    offset += codec.size
    flatOffset += codec.flat.length
    alignment = Math.max(alignment, codec.alignment)
    return field
  })
  return {
    fields,
    size: alignTo(offset, alignment),
    alignment,
    flat: entries.flatMap(({ codec }) => codec.flat),
    borrows: entries.some(({ codec }) => codec.borrows),
  }
}

export function recordCodec(entries: readonly { key: string; codec: Codec }[]): Codec {
  const layout = layOut(entries)
  const { fields } = layout
  const inherited = fields.filter(({ key }) => isInherited(key))
  const source = (value: unknown): Readonly<Record<string, unknown>> => {
    if (typeof value !== 'object' || value === null) return mismatch('record', value)
    // Any object will do: a missing field is a mismatch of the field.
    const record = value as Record<string, unknown>
    return inherited.length === 0 ? record : withoutInherited(record, fields)
  }
  // Copied for each value: its keys are there at once, in one allocation.
  const blank: Readonly<Record<string, unknown>> = Object.fromEntries(
    fields.map(({ key }) => [key, undefined]),
  )
  return {
    ...layout,
    load: (context, pointer) => {
      const record = { ...blank }
      loadFields(fields, record, context, pointer)
      return record
    },
    lift: (context, flat, at) => {
      const record = { ...blank }
      liftFields(fields, record, context, flat, at)
      return record
    },
    store: (context, pointer, value) => storeFields(fields, source(value), context, pointer),
    lower: (context, value, flat, at) => lowerFields(fields, source(value), context, flat, at),
  }
}

function withoutInherited(
  record: Readonly<Record<string, unknown>>,
  fields: readonly Field[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(fields.map(({ key }) => [key, givenUnder(record, key)]))
}

export function tupleCodec(elements: readonly Codec[]): Codec {
  const layout = layOut(elements.map((codec, index) => ({ key: `[${index}]`, codec })))
  const { fields } = layout
  const source = (value: unknown): readonly unknown[] =>
    Array.isArray(value) && value.length === fields.length
      ? value
      : mismatch(`tuple of ${fields.length}`, value)
  return {
    ...layout,
    load: (context, pointer) =>
      fields.map(({ codec, offset }) => codec.load(context, pointer + offset)),
    lift: (context, flat, at) =>
      fields.map(({ codec, flatOffset }) => codec.lift(context, flat, at + flatOffset)),
    store: (context, pointer, value) => {
      const values = source(value)
      for (const [index, { key, codec, offset }] of fields.entries()) {
        try {
          codec.store(context, pointer + offset, values[index])
        } catch (error) {
          throw within(error, key)
        }
      }
    },
    lower: (context, value, flat, at) => {
      const values = source(value)
      for (const [index, { key, codec, flatOffset }] of fields.entries()) {
        try {
          codec.lower(context, values[index], flat, at + flatOffset)
        } catch (error) {
          throw within(error, key)
        }
      }
    },
  }
}
