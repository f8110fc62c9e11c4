/**
 * The fields of a record, one after another. The first eight are written out. V8 optimises each call site alone, and
 * a call in a loop is one site: after four kinds of field V8 gives up on it. Written out, a record of eight
 * fields of different types takes a third of the time.
 *
 * @module
 */

import type { Codec, FlatValue } from './codec.ts'
import type { AbiContext } from './context.ts'
import { within } from './trap.ts'

/** A field with its place. `key` is its name in JavaScript. */
export interface Field {
  readonly key: string
  readonly codec: Codec
  readonly offset: number
  readonly flatOffset: number
}

const WRITTEN_OUT = 8

type Values = Record<string, unknown>

export function loadFields(
  fields: readonly Field[],
  record: Values,
  context: AbiContext,
  pointer: number,
): void {
  const f0 = fields[0]
  if (f0 === undefined) return
  record[f0.key] = f0.codec.load(context, pointer + f0.offset)
  const f1 = fields[1]
  if (f1 === undefined) return
  record[f1.key] = f1.codec.load(context, pointer + f1.offset)
  const f2 = fields[2]
  if (f2 === undefined) return
  record[f2.key] = f2.codec.load(context, pointer + f2.offset)
  const f3 = fields[3]
  if (f3 === undefined) return
  record[f3.key] = f3.codec.load(context, pointer + f3.offset)
  const f4 = fields[4]
  if (f4 === undefined) return
  record[f4.key] = f4.codec.load(context, pointer + f4.offset)
  const f5 = fields[5]
  if (f5 === undefined) return
  record[f5.key] = f5.codec.load(context, pointer + f5.offset)
  const f6 = fields[6]
  if (f6 === undefined) return
  record[f6.key] = f6.codec.load(context, pointer + f6.offset)
  const f7 = fields[7]
  if (f7 === undefined) return
  record[f7.key] = f7.codec.load(context, pointer + f7.offset)
  for (let index = WRITTEN_OUT; index < fields.length; index++) {
    const field = fields[index] as Field // In range
    record[field.key] = field.codec.load(context, pointer + field.offset)
  }
}

export function liftFields(
  fields: readonly Field[],
  record: Values,
  context: AbiContext,
  flat: readonly FlatValue[],
  at: number,
): void {
  const f0 = fields[0]
  if (f0 === undefined) return
  record[f0.key] = f0.codec.lift(context, flat, at + f0.flatOffset)
  const f1 = fields[1]
  if (f1 === undefined) return
  record[f1.key] = f1.codec.lift(context, flat, at + f1.flatOffset)
  const f2 = fields[2]
  if (f2 === undefined) return
  record[f2.key] = f2.codec.lift(context, flat, at + f2.flatOffset)
  const f3 = fields[3]
  if (f3 === undefined) return
  record[f3.key] = f3.codec.lift(context, flat, at + f3.flatOffset)
  const f4 = fields[4]
  if (f4 === undefined) return
  record[f4.key] = f4.codec.lift(context, flat, at + f4.flatOffset)
  const f5 = fields[5]
  if (f5 === undefined) return
  record[f5.key] = f5.codec.lift(context, flat, at + f5.flatOffset)
  const f6 = fields[6]
  if (f6 === undefined) return
  record[f6.key] = f6.codec.lift(context, flat, at + f6.flatOffset)
  const f7 = fields[7]
  if (f7 === undefined) return
  record[f7.key] = f7.codec.lift(context, flat, at + f7.flatOffset)
  for (let index = WRITTEN_OUT; index < fields.length; index++) {
    const field = fields[index] as Field // In range
    record[field.key] = field.codec.lift(context, flat, at + field.flatOffset)
  }
}

export function storeFields(
  fields: readonly Field[],
  record: Readonly<Values>,
  context: AbiContext,
  pointer: number,
): void {
  let done = 0
  try {
    const f0 = fields[0]
    if (f0 === undefined) return
    f0.codec.store(context, pointer + f0.offset, record[f0.key])
    done = 1
    const f1 = fields[1]
    if (f1 === undefined) return
    f1.codec.store(context, pointer + f1.offset, record[f1.key])
    done = 2
    const f2 = fields[2]
    if (f2 === undefined) return
    f2.codec.store(context, pointer + f2.offset, record[f2.key])
    done = 3
    const f3 = fields[3]
    if (f3 === undefined) return
    f3.codec.store(context, pointer + f3.offset, record[f3.key])
    done = 4
    const f4 = fields[4]
    if (f4 === undefined) return
    f4.codec.store(context, pointer + f4.offset, record[f4.key])
    done = 5
    const f5 = fields[5]
    if (f5 === undefined) return
    f5.codec.store(context, pointer + f5.offset, record[f5.key])
    done = 6
    const f6 = fields[6]
    if (f6 === undefined) return
    f6.codec.store(context, pointer + f6.offset, record[f6.key])
    done = 7
    const f7 = fields[7]
    if (f7 === undefined) return
    f7.codec.store(context, pointer + f7.offset, record[f7.key])
    done = 8
    for (; done < fields.length; done++) {
      const field = fields[done] as Field // In range
      field.codec.store(context, pointer + field.offset, record[field.key])
    }
  } catch (error) {
    throw within(error, `.${fields[done]?.key}`)
  }
}

export function lowerFields(
  fields: readonly Field[],
  record: Readonly<Values>,
  context: AbiContext,
  flat: FlatValue[],
  at: number,
): void {
  let done = 0
  try {
    const f0 = fields[0]
    if (f0 === undefined) return
    f0.codec.lower(context, record[f0.key], flat, at + f0.flatOffset)
    done = 1
    const f1 = fields[1]
    if (f1 === undefined) return
    f1.codec.lower(context, record[f1.key], flat, at + f1.flatOffset)
    done = 2
    const f2 = fields[2]
    if (f2 === undefined) return
    f2.codec.lower(context, record[f2.key], flat, at + f2.flatOffset)
    done = 3
    const f3 = fields[3]
    if (f3 === undefined) return
    f3.codec.lower(context, record[f3.key], flat, at + f3.flatOffset)
    done = 4
    const f4 = fields[4]
    if (f4 === undefined) return
    f4.codec.lower(context, record[f4.key], flat, at + f4.flatOffset)
    done = 5
    const f5 = fields[5]
    if (f5 === undefined) return
    f5.codec.lower(context, record[f5.key], flat, at + f5.flatOffset)
    done = 6
    const f6 = fields[6]
    if (f6 === undefined) return
    f6.codec.lower(context, record[f6.key], flat, at + f6.flatOffset)
    done = 7
    const f7 = fields[7]
    if (f7 === undefined) return
    f7.codec.lower(context, record[f7.key], flat, at + f7.flatOffset)
    done = 8
    for (; done < fields.length; done++) {
      const field = fields[done] as Field // In range
      field.codec.lower(context, record[field.key], flat, at + field.flatOffset)
    }
  } catch (error) {
    throw within(error, `.${fields[done]?.key}`)
  }
}
