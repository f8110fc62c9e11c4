/** The types of declared functions: what `run` is given and returns, and what callers give and get. @module */
import { expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { fn, type InputOf, type OutputOf } from './functions.ts'

const add = fn({
  input: z.object({ left: z.number(), right: z.number().default(2) }),
  output: z.number(),
  run: ({ left, right }) => left + right,
})

it('fn() returns what it is given', () => {
  const definition = { run: () => 1 }
  expect(fn(definition)).toBe(definition)
})

it('fn() types `run` by the schemas of a library, and callers by what these take', () => {
  expectTypeOf<Parameters<typeof add.run>[0]>().toEqualTypeOf<{ left: number; right: number }>()
  expectTypeOf<InputOf<typeof add>>().toEqualTypeOf<{ left: number; right?: number | undefined }>()
  expectTypeOf<OutputOf<typeof add>>().toEqualTypeOf<number>()
  fn({
    output: z.string(),
    // @ts-expect-error -- a number is no text
    run: () => 3,
  })
})

it('fn() knows nothing of values by JSON Schema', () => {
  const plain = fn({
    input: { type: 'object', properties: { left: { type: 'number' } } },
    run: ({ left }) => left,
  })
  expectTypeOf<Parameters<typeof plain.run>[0]>().toEqualTypeOf<Readonly<Record<string, unknown>>>()
  expectTypeOf<OutputOf<typeof plain>>().toBeUnknown()
})
