import { expect, it } from 'vitest'
import { jsonSchema, parametersSchema, resultSchema } from './json-schema.ts'
import type { FunctionType, ValueType } from './types.ts'

it('parametersSchema() requires what is no option and allows nothing else', () => {
  const params = [
    { name: 'text', type: { kind: 'string' } },
    { name: 'limit', type: { kind: 'option', some: { kind: 'u8' } } },
  ] as const
  const limit = { anyOf: [{ type: 'integer', minimum: 0, maximum: 255 }, { type: 'null' }] }
  expect(parametersSchema({ params, async: false })).toEqual({
    type: 'object',
    properties: { text: { type: 'string' }, limit },
    required: ['text'],
    additionalProperties: false,
  })
})

it('jsonSchema() has an arm a case, and nothing for what JSON cannot carry', () => {
  const shape = jsonSchema({
    kind: 'variant',
    cases: [{ name: 'point' }, { name: 'circle', type: { kind: 'list', element: { kind: 'u8' } } }],
  })
  const val = { type: 'string', contentEncoding: 'base64' }
  const object = { type: 'object', additionalProperties: false }
  expect(shape).toEqual({
    oneOf: [
      { ...object, properties: { tag: { type: 'string', const: 'point' } }, required: ['tag'] },
      {
        ...object,
        properties: { tag: { type: 'string', const: 'circle' }, val },
        required: ['tag', 'val'],
      },
    ],
  })
  expect(jsonSchema({ kind: 'own', resource: 0 })).toEqual({ not: {} })
})

it.for<[ValueType, object]>([
  [
    { kind: 'enum', names: ['a', 'b'] },
    { type: 'string', enum: ['a', 'b'] },
  ],
  [
    { kind: 'flags', names: ['r'] },
    { type: 'array', items: { type: 'string', enum: ['r'] }, uniqueItems: true },
  ],
  [{ kind: 's64' }, { anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^-?[0-9]+$' }] }],
  [
    { kind: 'tuple', elements: [{ kind: 'string' }, { kind: 'bool' }, { kind: 'bool' }] },
    {
      type: 'array',
      prefixItems: [{ type: 'string' }, { type: 'boolean' }, { type: 'boolean' }],
      items: { anyOf: [{ type: 'string' }, { type: 'boolean' }] },
      minItems: 3,
      maxItems: 3,
    },
  ],
])('jsonSchema() of %j has words that each client knows', ([type, schema]) => {
  expect(jsonSchema(type)).toEqual(schema)
})

it.for<[FunctionType['result'], object | undefined]>([
  [undefined, undefined],
  [{ kind: 'bool' }, { type: 'boolean' }],
  [{ kind: 'result', ok: { kind: 'bool' }, error: { kind: 'string' } }, { type: 'boolean' }],
  [{ kind: 'result', error: { kind: 'string' } }, undefined],
])('resultSchema() of %j is that of what a caller gets', ([result, schema]) => {
  expect(resultSchema({ params: [], async: false, ...(result && { result }) })).toEqual(schema)
})
