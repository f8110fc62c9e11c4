/**
 * JSON Schema (2020-12) of WIT types. It describes the values `fromJson` reads, in the spelling that `toJson` writes.
 *
 * Clients of models know less than the standard has: they want one `type` in each place, also beside `enum` and `const`, no
 * list of types, and `items` for each array. So a tuple has `items` beside `prefixItems`: for those that know only the older
 * word, and `maxItems` makes it empty for the others.
 *
 * @module
 */

import { NUMBER_RANGES } from './integer-range.ts'
import { optionCases, resultCases } from './tagged.ts'
import type { FunctionType, NamedType, ValueType, VariantCase } from './types.ts'

/** A JSON Schema of version 2020-12. https://json-schema.org/draft/2020-12 */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Schema of the arguments of a function, as one object by parameter name. */
export function parametersSchema({ params }: FunctionType): JsonSchema {
  return objectSchema(params)
}

/** Schema of the result as a caller in JSON has it: that of the ok arm, and absent where there is nothing. */
export function resultSchema({ result }: FunctionType): JsonSchema | undefined {
  const returned = result?.kind === 'result' ? result.ok : result
  return returned === undefined ? undefined : jsonSchema(returned)
}

/** Schema of JSON for `type`. JSON cannot carry handles, so no value fits their schema. */
export function jsonSchema(type: ValueType): JsonSchema {
  switch (type.kind) {
    case 'bool':
      return { type: 'boolean' }
    case 's8':
    case 'u8':
    case 's16':
    case 'u16':
    case 's32':
    case 'u32': {
      const [minimum, maximum] = NUMBER_RANGES[type.kind]
      return { type: 'integer', minimum, maximum }
    }
    case 's64':
      return integerOrText({}, '^-?[0-9]+$')
    case 'u64':
      return integerOrText({ minimum: 0 }, '^[0-9]+$')
    case 'f32':
    case 'f64':
      return { anyOf: [{ type: 'number' }, enumSchema(['NaN', 'Infinity', '-Infinity'])] }
    case 'char':
      return { type: 'string', minLength: 1, maxLength: 1 }
    case 'string':
      return { type: 'string' }
    case 'list': {
      const { element, length } = type
      if (element.kind === 'u8' && length === undefined)
        return { type: 'string', contentEncoding: 'base64' }
      const bounds = length === undefined ? {} : { minItems: length, maxItems: length }
      return { type: 'array', items: jsonSchema(element), ...bounds }
    }
    case 'map': {
      if (type.key.kind === 'string')
        return { type: 'object', additionalProperties: jsonSchema(type.value) }
      return { type: 'array', items: tupleSchema([type.key, type.value]) }
    }
    case 'tuple':
      return tupleSchema(type.elements)
    case 'record':
      return objectSchema(type.fields)
    case 'flags':
      return { type: 'array', items: enumSchema(type.names), uniqueItems: true }
    case 'enum':
      return enumSchema(type.names)
    case 'variant':
      return casesSchema(type.cases)
    case 'option':
      return type.some.kind === 'option'
        ? casesSchema(optionCases(type.some))
        : { anyOf: [jsonSchema(type.some), { type: 'null' }] }
    case 'result':
      return casesSchema(resultCases(type))
    case 'own':
    case 'borrow':
    case 'stream':
    case 'future':
    case 'error-context':
      return { not: {} }
  }
}

function objectSchema(fields: readonly NamedType[]): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(({ name, type }) => [name, jsonSchema(type)])),
    required: fields
      .filter(({ type }) => type.kind !== 'option' || type.some.kind === 'option')
      .map(({ name }) => name),
    additionalProperties: false,
  }
}

function enumSchema(names: readonly string[]): JsonSchema {
  return { type: 'string', enum: names }
}

/** Above 2^53 a number of JSON loses digits, so they are written as text. */
function integerOrText(bounds: JsonSchema, pattern: string): JsonSchema {
  return {
    anyOf: [
      { type: 'integer', ...bounds },
      { type: 'string', pattern },
    ],
  }
}

function tupleSchema(elements: readonly ValueType[]): JsonSchema {
  const prefixItems = elements.map(jsonSchema)
  const distinct = [...new Map(prefixItems.map((each) => [JSON.stringify(each), each])).values()]
  const [only] = distinct
  const items = distinct.length === 1 && only !== undefined ? only : { anyOf: distinct }
  const { length } = prefixItems
  return { type: 'array', prefixItems, items, minItems: length, maxItems: length }
}

function casesSchema(cases: readonly VariantCase[]): JsonSchema {
  return {
    oneOf: cases.map(({ name, type }) => ({
      type: 'object',
      properties: { tag: { type: 'string', const: name }, ...(type && { val: jsonSchema(type) }) },
      required:
        type === undefined || (type.kind === 'option' && type.some.kind !== 'option')
          ? ['tag']
          : ['tag', 'val'],
      additionalProperties: false,
    })),
  }
}
