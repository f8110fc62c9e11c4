/**
 * Converts WIT values to JSON and back, by their type. It is for callers without types, such as people and models.
 *
 * A value with several spellings in JSON is read in all of them and written in one: names as in WIT, bytes as
 * base64, cases as `{ tag, val }`. A value that does not fit is a `ValueMismatch` with the path to it.
 * Long because it is one table of all kinds, read in both directions.
 *
 * @module
 */

import { fromBase64, toBase64 } from '../encoding/index.ts'
import { fitsInteger } from './integer-range.ts'
import { camelCase } from './names.ts'
import { optionCases, resultCases, type Tagged } from './tagged.ts'
import { mismatch, within } from './trap.ts'
import type { FunctionType, NamedType, ValueType, VariantCase } from './types.ts'

const NOT_FINITE = ['NaN', 'Infinity', '-Infinity']
// Far more digits than fit: reading millions takes seconds.
const INTEGER = /^-?\d{1,100}$/
// A pair of surrogates.
const MAX_CHAR_UNITS = 2

/** `json` as a value of `type`, as the linker takes it. @throws {ValueMismatch} */
export function fromJson(type: ValueType, json: unknown): unknown {
  switch (type.kind) {
    case 'bool':
      return typeof json === 'boolean' ? json : mismatch('bool', json)
    case 's8':
    case 'u8':
    case 's16':
    case 'u16':
    case 's32':
    case 'u32': {
      const fits = Number.isInteger(json) && fitsInteger(type.kind, Number(json))
      return fits ? json : mismatch(type.kind, json)
    }
    case 's64':
    case 'u64':
      return toBigInt(type.kind, json)
    case 'f32':
    case 'f64':
      if (typeof json === 'string' && NOT_FINITE.includes(json)) return Number(json)
      return typeof json === 'number' ? json : mismatch(type.kind, json)
    case 'char':
      return isChar(json) ? json : mismatch('char', json)
    case 'string':
      return typeof json === 'string' ? json : mismatch('string', json)
    case 'list':
      return toList(type, json)
    case 'map':
      return toMap(type, json)
    case 'tuple':
      if (!Array.isArray(json) || json.length !== type.elements.length)
        return mismatch(`array of ${type.elements.length}`, json)
      return type.elements.map((element, index) => at(`[${index}]`, element, json[index]))
    case 'record':
      return toRecord(type.fields, json)
    case 'flags':
      return toFlags(type.names, json)
    case 'enum':
      if (typeof json === 'string' && type.names.includes(json)) return json
      return mismatch(`one of ${type.names.join(', ')}`, json)
    case 'variant':
      return toCase(type.cases, json)
    case 'option':
      if (type.some.kind === 'option') return toCase(optionCases(type.some), json)
      return json === null || json === undefined ? undefined : fromJson(type.some, json)
    case 'result': {
      const { tag, val } = toCase(resultCases(type), json)
      return { tag, val }
    }
    case 'own':
    case 'borrow':
    case 'stream':
    case 'future':
    case 'error-context':
      return mismatch(`${HANDLES[type.kind]}, which JSON cannot carry`, json)
  }
}

const HANDLES = {
  own: 'resource',
  borrow: 'resource',
  stream: 'stream',
  future: 'future',
  'error-context': 'error context',
} as const

/** Converts a value of the linker to one that `JSON.stringify` writes without loss. @throws {ValueMismatch} */
export function toJson(type: ValueType, value: unknown): unknown {
  // The casts name the JavaScript type that the linker uses for each WIT type.
  switch (type.kind) {
    case 's64':
    case 'u64': {
      const number = Number(value)
      return Number.isSafeInteger(number) ? number : String(value)
    }
    case 'f32':
    case 'f64':
      return Number.isFinite(value) ? value : String(value)
    case 'list': {
      if (value instanceof Uint8Array) return toBase64(value)
      const { element } = type
      return Array.from(value as ArrayLike<unknown>, (each) => toJson(element, each))
    }
    case 'map': {
      const pairs = [...(value as ReadonlyMap<unknown, unknown>)].map(
        ([key, each]) => [toJson(type.key, key), toJson(type.value, each)] as const,
      )
      return type.key.kind === 'string' ? Object.fromEntries(pairs) : pairs
    }
    case 'tuple': {
      const values = value as readonly unknown[]
      return type.elements.map((element, index) => toJson(element, values[index]))
    }
    case 'record': {
      const record = value as Readonly<Record<string, unknown>>
      return Object.fromEntries(
        type.fields.map((field) => [field.name, toJson(field.type, record[camelCase(field.name)])]),
      )
    }
    case 'flags': {
      const flags = value as Readonly<Record<string, boolean>>
      return type.names.filter((name) => flags[camelCase(name)])
    }
    case 'variant':
      return caseToJson(type.cases, value)
    case 'option':
      if (type.some.kind === 'option') return caseToJson(optionCases(type.some), value)
      return value === undefined ? null : toJson(type.some, value)
    case 'result':
      return caseToJson(resultCases(type), value)
    case 'own':
    case 'borrow':
    case 'stream':
    case 'future':
    case 'error-context':
      return mismatch('value that JSON can carry', value)
    default:
      return value
  }
}

/** Whether JSON can carry all parameters and the result of the function: none is a handle. */
export function isJsonFunction({ params, result }: FunctionType): boolean {
  return [...params.map(({ type }) => type), ...(result ? [result] : [])].every(
    (type) => !/"kind":"(own|borrow|stream|future|error-context)"/.test(JSON.stringify(type)),
  )
}

function at(segment: string, type: ValueType, json: unknown): unknown {
  try {
    return fromJson(type, json)
  } catch (error) {
    throw within(error, segment)
  }
}

function toBigInt(kind: 's64' | 'u64', json: unknown): bigint {
  const isNumber = Number.isSafeInteger(json) || (typeof json === 'string' && INTEGER.test(json))
  if (!isNumber) return mismatch(`${kind}, as a string when above 2^53`, json)
  const value = BigInt(json as string | number)
  return fitsInteger(kind, value) ? value : mismatch(kind, json)
}

function toList(
  { element, length }: Extract<ValueType, { kind: 'list' }>,
  json: unknown,
): ArrayLike<unknown> {
  const bytes = element.kind === 'u8' && typeof json === 'string' ? bytesOf(json) : undefined
  const values = bytes ?? json
  if (!Array.isArray(values) && bytes === undefined)
    return mismatch(element.kind === 'u8' ? 'base64 or an array of u8' : 'array', json)
  const list = values as ArrayLike<unknown> // One of the two
  if (length !== undefined && list.length !== length) return mismatch(`array of ${length}`, json)
  return bytes ?? Array.from(list, (each, index) => at(`[${index}]`, element, each))
}

/** An object, when the keys are strings, or an array of pairs. */
function toMap(
  { key, value }: Extract<ValueType, { kind: 'map' }>,
  json: unknown,
): ReadonlyMap<unknown, unknown> {
  if (!Array.isArray(json) && key.kind === 'string') {
    const given = objectOf(json, 'object')
    return new Map(Object.entries(given).map(([name, each]) => [name, at(`.${name}`, value, each)]))
  }
  const pair: ValueType = { kind: 'tuple', elements: [key, value] }
  if (!Array.isArray(json)) return mismatch('array of pairs', json)
  return new Map(json.map((each, index) => at(`[${index}]`, pair, each) as [unknown, unknown]))
}

function toRecord(fields: readonly NamedType[], json: unknown): Record<string, unknown> {
  const given = objectOf(json, `object with ${fields.map(({ name }) => name).join(', ')}`)
  const names = new Set(fields.flatMap(({ name }) => [name, camelCase(name)]))
  for (const key of Object.keys(given)) {
    if (!names.has(key)) throw within(unfit('no such field', given[key]), `.${key}`)
  }
  return Object.fromEntries(
    fields.map(({ name, type }) => {
      const key = camelCase(name)
      return [key, at(`.${name}`, type, ownOf(given, Object.hasOwn(given, name) ? name : key))]
    }),
  )
}

/** Finds own fields only, not inherited ones such as `constructor`. */
function ownOf(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function toFlags(names: readonly string[], json: unknown): Record<string, boolean> {
  const expected = `array of ${names.join(', ')}`
  if (!Array.isArray(json)) return mismatch(expected, json)
  const unknown = json.findIndex((each) => !names.includes(each))
  if (unknown >= 0) throw within(unfit(`one of ${names.join(', ')}`, json[unknown]), `[${unknown}]`)
  return Object.fromEntries(names.map((name) => [camelCase(name), json.includes(name)]))
}

/** `{ tag, val }`, `{ "case": value }`, or the name of a case without a value. */
function toCase(cases: readonly VariantCase[], json: unknown): Tagged {
  const expected = `{ "tag", "val" } with tag ${cases.map(({ name }) => name).join(', ')}`
  const known = (name: unknown): VariantCase | undefined => cases.find((each) => each.name === name)
  if (typeof json === 'string') {
    const found = known(json)
    return found !== undefined && found.type === undefined
      ? { tag: json }
      : mismatch(expected, json)
  }
  const given = objectOf(json, expected)
  const keys = Object.keys(given)
  const tagged = known(given['tag'])
  const isTagged = tagged !== undefined && keys.every((key) => key === 'tag' || key === 'val')
  const [only = ''] = keys
  const found = isTagged ? tagged : keys.length === 1 ? known(only) : undefined
  if (found === undefined) return mismatch(expected, json)
  const val = isTagged ? given['val'] : given[only]
  const segment = isTagged ? '.val' : `.${only}`
  if (found.type !== undefined) return { tag: found.name, val: at(segment, found.type, val) }
  if (val === undefined || val === null) return { tag: found.name }
  throw within(unfit('nothing', val), segment)
}

function caseToJson(cases: readonly VariantCase[], value: unknown): Tagged {
  const { tag, val } = value as Tagged // As the linker makes it
  const type = cases.find(({ name }) => name === tag)?.type
  return type === undefined ? { tag } : { tag, val: toJson(type, val) }
}

function objectOf(json: unknown, expected: string): Readonly<Record<string, unknown>> {
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json)
  return isObject ? (json as Record<string, unknown>) : mismatch(expected, json)
}

function unfit(expected: string, value: unknown): unknown {
  try {
    return mismatch(expected, value)
  } catch (error) {
    return error
  }
}

function isChar(json: unknown): json is string {
  return typeof json === 'string' && json.length <= MAX_CHAR_UNITS && [...json].length === 1
}

/** The bytes that a text is base64 of; nothing when it is not. */
function bytesOf(text: string): Uint8Array | undefined {
  try {
    return fromBase64(text)
  } catch {
    return undefined
  }
}
