import { expect, it } from 'vitest'
import { clientSchema } from './client-schema.ts'

it.each<[string, object, object]>([
  ['a type beside values', { enum: ['a', 'b'] }, { type: 'string', enum: ['a', 'b'] }],
  ['a type beside a value', { const: 3 }, { type: 'number', const: 3 }],
  [
    'an arm for each type of its values',
    { enum: ['a', 1, null], description: 'one of three' },
    {
      description: 'one of three',
      anyOf: [
        { type: 'string', enum: ['a'] },
        { type: 'number', enum: [1] },
        { type: 'null', enum: [null] },
      ],
    },
  ],
  [
    'an arm for each of its types, with the words for it',
    { type: ['string', 'integer', 'null'], minLength: 2, maximum: 5, title: 'T' },
    {
      title: 'T',
      anyOf: [{ type: 'string', minLength: 2 }, { type: 'integer', maximum: 5 }, { type: 'null' }],
    },
  ],
  [
    'one type of a list of one',
    { type: ['string'], pattern: 'a' },
    { type: 'string', pattern: 'a' },
  ],
  [
    'arms beside those that it has',
    { type: ['string', 'null'], anyOf: [{ const: 'a' }, { const: null }] },
    {
      allOf: [
        {
          anyOf: [
            { type: 'string', const: 'a' },
            { type: 'null', const: null },
          ],
        },
        { anyOf: [{ type: 'string' }, { type: 'null' }] },
      ],
    },
  ],
  ['items of an array', { type: 'array' }, { type: 'array', items: {} }],
  [
    'items of a tuple that is closed',
    { type: 'array', prefixItems: [{ type: 'string' }, { const: true }], items: false },
    {
      type: 'array',
      prefixItems: [{ type: 'string' }, { type: 'boolean', const: true }],
      items: { anyOf: [{ type: 'string' }, { type: 'boolean', const: true }] },
      maxItems: 2,
    },
  ],
  [
    'items of a tuple in the words of before',
    { type: 'array', items: [{ type: 'string' }], additionalItems: { type: 'number' } },
    { type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'number' } },
  ],
  [
    'the same inside of others',
    { $schema: 'x', properties: { a: { enum: [true] } }, additionalProperties: false },
    { properties: { a: { type: 'boolean', enum: [true] } }, additionalProperties: false },
  ],
  ['a reference as it is', { $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }],
])('clientSchema() has %s', (_, schema, expected) => {
  expect(clientSchema(schema)).toEqual(expected)
})

it('clientSchema() does not take properties for words', () => {
  const schema = { type: 'object', properties: { type: { type: 'string' }, items: { const: 1 } } }
  expect(clientSchema(schema)).toEqual({
    type: 'object',
    properties: { type: { type: 'string' }, items: { type: 'number', const: 1 } },
  })
})

it('clientSchema() refuses what nests too deep', () => {
  let schema: object = {}
  for (let depth = 0; depth < 60; depth++) schema = { not: schema }
  expect(() => clientSchema(schema)).toThrow('nests deeper than 48')
})
