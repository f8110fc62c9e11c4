/**
 * JSON Schema (2020-12) of WIT types. It describes the values `fromJson` reads, in the spelling that `toJson` writes.
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
      return { type: ['integer', 'string'], pattern: '^-?[0-9]+$' }
    case 'u64':
      return { type: ['integer', 'string'], minimum: 0, pattern: '^[0-9]+$' }
    case 'f32':
    case 'f64':
      return { anyOf: [{ type: 'number' }, { enum: ['NaN', 'Infinity', '-Infinity'] }] }
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
      const pair = [jsonSchema(type.key), jsonSchema(type.value)]
      return {
        type: 'array',
        items: { type: 'array', prefixItems: pair, minItems: 2, maxItems: 2 },
      }
    }
    case 'tuple': {
      const { length } = type.elements
      const prefixItems = type.elements.map(jsonSchema)
      return { type: 'array', prefixItems, minItems: length, maxItems: length }
    }
    case 'record':
      return objectSchema(type.fields)
    case 'flags':
      return { type: 'array', items: { enum: type.names }, uniqueItems: true }
    case 'enum':
      return { enum: type.names }
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

function casesSchema(cases: readonly VariantCase[]): JsonSchema {
  return {
    oneOf: cases.map(({ name, type }) => ({
      type: 'object',
      properties: { tag: { const: name }, ...(type && { val: jsonSchema(type) }) },
      required:
        type === undefined || (type.kind === 'option' && type.some.kind !== 'option')
          ? ['tag']
          : ['tag', 'val'],
      additionalProperties: false,
    })),
  }
}
