import { expect, it } from 'vitest'
import { jsonSchema, parametersSchema } from './json-schema.ts'

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
      { ...object, properties: { tag: { const: 'point' } }, required: ['tag'] },
      { ...object, properties: { tag: { const: 'circle' }, val }, required: ['tag', 'val'] },
    ],
  })
  expect(jsonSchema({ kind: 'own', resource: 0 })).toEqual({ not: {} })
})
