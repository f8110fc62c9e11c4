import { describe, expect, it } from 'vitest'
import { configured, functionsOf, payloadOf, testInvocation } from '../../host-module/testing.ts'
import { HOST_WORK_FUEL } from '../../meter/index.ts'
import { FormatterCache } from './formatter-cache.ts'
import { intlFunctions } from './functions.ts'
import { intl } from './intl.ts'

type Functions = 'format' | 'compare' | 'query'

async function open() {
  const capability = intl()
  const invocation = testInvocation()
  const functions = functionsOf<Functions>(
    capability,
    await configured(capability, undefined),
    invocation,
  )
  return { ...functions, invocation }
}

function formatter(kind: string, locales: unknown = ['de'], options: unknown = {}): string {
  return JSON.stringify([kind, locales, options])
}

describe('intl()', () => {
  it('writes values of every kind', async () => {
    const { format, compare, query } = await open()
    expect(format(formatter('NumberFormat'), '1234.5')).toBe('1.234,5')
    expect(format(formatter('NumberFormat'), '123456789012345678901n')).toBe(
      '123.456.789.012.345.678.901',
    )
    expect(format(formatter('NumberFormat'), '-0')).toBe('-0')
    expect(format(formatter('DateTimeFormat'), '0')).toBe('1.1.1970')
    expect(format(formatter('PluralRules', ['en'], { type: 'ordinal' }), '2')).toBe('two')
    expect(format(formatter('RelativeTimeFormat'), '["-1","day"]')).toBe('vor 1 Tag')
    expect(format(formatter('ListFormat'), '["a","b"]')).toBe('a und b')
    expect(compare(formatter('Collator'), 'ä', 'z')).toBe(-1n)
    expect(query(formatter('DisplayNames', ['de'], { type: 'region' }), 'of', 'FR')).toBe(
      '"Frankreich"',
    )
    expect(query(formatter('Segmenter', ['en'], { granularity: 'word' }), 'segment', 'a b')).toBe(
      '[[0,1,2],[1,0,1]]',
    )
    expect(query('', 'supportedValuesOf', 'calendar')).toContain('"gregory"')
  })

  it('has defaults that are not those of the machine', async () => {
    const { format, query } = await open()
    expect(
      JSON.parse(String(query(formatter('DateTimeFormat', []), 'resolvedOptions', ''))),
    ).toMatchObject({ locale: 'en-US', timeZone: 'UTC' })
    expect(format('["NumberFormat"]', '1234.5')).toBe('1,234.5')
    expect(query('["Intl",[]]', 'toUpperCase', 'i')).toBe('"I"')
  })

  it.for<[what: string, formatter: string, value: string, payload: string]>([
    ['a locale that is not there', formatter('NumberFormat', ['tlh']), '1', 'malformed'],
    ['a tag that is none', formatter('NumberFormat', ['a b']), '1', 'malformed'],
    ['a constructor that is none', formatter('constructor'), '1', 'malformed'],
    ['a name of a prototype', formatter('__proto__'), '1', 'malformed'],
    ['a description that is no JSON', '{', '1', 'malformed'],
    ['a description of another form', '{"0":"NumberFormat"}', '1', 'malformed'],
    ['locales that are no texts', formatter('NumberFormat', [{}]), '1', 'malformed'],
    ['an option that is an object', formatter('NumberFormat', [], { style: {} }), '1', 'malformed'],
    [
      'an option out of range',
      formatter('NumberFormat', [], { maximumFractionDigits: 1e9 }),
      '1',
      'malformed',
    ],
    ['a zone that is none', formatter('DateTimeFormat', [], { timeZone: 'A/B' }), '1', 'malformed'],
    ['a date that is none', formatter('DateTimeFormat'), '', 'malformed'],
    ['a date out of range', formatter('DateTimeFormat'), '1e300', 'malformed'],
    ['a big integer that is none', formatter('PluralRules'), 'x', ''],
    [
      'an option that is absent',
      formatter('NumberFormat', [], { style: 'currency' }),
      '1',
      'misused',
    ],
    ['a formatter that writes nothing', formatter('Collator'), '1', 'misused'],
    ['a list that is none', formatter('ListFormat'), '{"length":5}', 'malformed'],
    ['a list of numbers', formatter('ListFormat'), '[1]', 'malformed'],
    ['a duration of objects', formatter('DurationFormat'), '{"hours":{}}', 'malformed'],
    ['a long number', formatter('NumberFormat'), `${'9'.repeat(5000)}n`, 'limited'],
    ['a long text', formatter('ListFormat'), 'x'.repeat(200_000), 'limited'],
    ['a long description', formatter('NumberFormat', [], { x: 'x'.repeat(9000) }), '1', 'limited'],
  ])('refuses %s', async ([, description, value, payload]) => {
    const { format } = await open()
    if (payload === '') expect(format(description, value)).toBe('other')
    else expect(await payloadOf(() => format(description, value))).toBe(payload)
  })

  it.for<[question: string, formatter: string, value: string, payload: string]>([
    ['toString', formatter('NumberFormat'), '', 'malformed'],
    ['__proto__', formatter('NumberFormat'), '', 'malformed'],
    ['segment', formatter('NumberFormat'), 'a', 'misused'],
    ['of', formatter('NumberFormat'), 'a', 'misused'],
    ['formatRange', formatter('NumberFormat'), '["1"]', 'malformed'],
    ['supportedValuesOf', '', '__proto__', 'malformed'],
    ['supportedLocalesOf', '["constructor",["de"]]', '', 'malformed'],
    ['localeList', '["Locale",["de"]]', 'constructor', 'malformed'],
    ['segment', formatter('Segmenter'), 'x'.repeat(200_000), 'limited'],
    ['locale', '["Locale",["not a tag"]]', '', 'malformed'],
    ['locale', '["Locale"]', '', 'misused'],
  ])('refuses the question %s of %s', async ([question, description, value, payload]) => {
    const { query } = await open()
    expect(await payloadOf(() => query(description, question, value))).toBe(payload)
  })

  it('charges for making a formatter once, also for one that cannot be made, and for the size of texts', async () => {
    const { format, query, invocation } = await open()
    const spent = (call: () => unknown): number => {
      const before = invocation.fuel
      try {
        call()
      } catch {
        // What it costs counts.
      }
      return (invocation.fuel - before) / HOST_WORK_FUEL.micro
    }
    expect(spent(() => format(formatter('DateTimeFormat'), '0'))).toBeGreaterThan(500)
    expect(spent(() => format(formatter('DateTimeFormat'), '1'))).toBeLessThan(10)
    for (let round = 0; round < 2; round++) {
      const wrong = formatter('DateTimeFormat', [], { timeZone: 'A/B' })
      expect(spent(() => format(wrong, '0'))).toBeGreaterThan(500)
    }
    const words = formatter('Segmenter')
    query(words, 'check', '')
    expect(spent(() => query(words, 'segment', 'x'.repeat(100_000)))).toBeGreaterThan(10_000)
    expect(spent(() => query('', 'supportedValuesOf', 'timeZone'))).toBeGreaterThan(400)
  })
})

it('charges each invocation for a formatter, also where another has had it made', () => {
  const cache = new FormatterCache()
  const spent = [0, 0]
  for (const index of [0, 1]) {
    const { format } = intlFunctions(
      (micros) => (spent[index] = (spent[index] ?? 0) + micros),
      cache,
    )
    format(formatter('DateTimeFormat'), '0')
    format(formatter('DateTimeFormat'), '0')
  }
  expect(spent[0]).toBe(spent[1])
  expect(spent[1]).toBeGreaterThan(500)
})

describe('FormatterCache', () => {
  it('keeps those that were used last, and no more than its bound', () => {
    const cache = new FormatterCache()
    const describe = (digits: number): string =>
      formatter('NumberFormat', ['de'], { note: digits, style: 'percent' })
    const first = cache.find(describe(0))
    for (let digits = 1; digits < 1000; digits++) {
      cache.find(describe(digits))
      expect(cache.find(describe(0))).toBe(first)
    }
    expect(cache.size).toBe(128)
  })

  it('keeps none that could not be made', () => {
    const cache = new FormatterCache()
    expect(() => cache.find(formatter('NumberFormat', ['tlh']))).toThrow(RangeError)
    expect(cache.size).toBe(0)
  })
})
