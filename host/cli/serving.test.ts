/** @module */
import { describe, expect, it } from 'vitest'
import { servingOptions } from './serving.ts'

describe('servingOptions()', () => {
  it('allows the features it is given, and none by default', () => {
    const features = (value?: string[]): unknown =>
      servingOptions({
        values: value === undefined ? {} : { 'allow-feature': value },
        positionals: [],
      }).features
    expect(features()).toEqual([])
    expect(features(['gc'])).toEqual(['gc'])
    expect(features(['gc', 'shared-memory'])).toEqual(['gc', 'shared-memory'])
  })

  it('refuses a feature there is none of, with those there are', () => {
    const values = { 'allow-feature': ['threads'] }
    expect(() => servingOptions({ values, positionals: [] })).toThrow(
      expect.objectContaining({
        code: 'ERR_USAGE',
        message: 'Cannot allow feature "threads": no such feature',
        hint: 'Features: gc, shared-memory',
      }),
    )
  })
})
