import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { fromJson, isJsonFunction, toJson } from './json.ts'
import { ValueMismatch } from './trap.ts'
import type { ValueType } from './types.ts'

const U8: ValueType = { kind: 'u8' }
const U64: ValueType = { kind: 'u64' }
const STRING: ValueType = { kind: 'string' }
const PERSON: ValueType = {
  kind: 'record',
  fields: [
    { name: 'full-name', type: STRING },
    { name: 'ages', type: { kind: 'list', element: U8 } },
    { name: 'nick', type: { kind: 'option', some: STRING } },
  ],
}
const SHAPE: ValueType = {
  kind: 'variant',
  cases: [
    { name: 'point' },
    { name: 'circle', type: { kind: 'f64' } },
    { name: 'who', type: PERSON },
  ],
}
const NESTED: ValueType = { kind: 'option', some: { kind: 'option', some: U8 } }

function refusal(type: ValueType, json: unknown): string {
  try {
    fromJson(type, json)
  } catch (error) {
    if (error instanceof ValueMismatch) return `${error.path}: ${error.expected}, ${error.actual}`
  }
  return 'accepted'
}

describe('fromJson()', () => {
  it.each(['constructor', 'to-string', 'value-of', 'has-own-property', 'is-prototype-of'])(
    'takes a field "%s" from what it was given, not from what every object has',
    (name) => {
      const optional: ValueType = { kind: 'option', some: STRING }
      const wanted: ValueType = { kind: 'record', fields: [{ name, type: STRING }] }
      const wished: ValueType = { kind: 'record', fields: [{ name, type: optional }] }
      expect(refusal(wanted, {})).toBe(refusal(PERSON, {}).replace('.full-name', `.${name}`))
      expect(Object.values(fromJson(wished, {}) as object)).toEqual([undefined])
      expect(Object.values(fromJson(wanted, { [name]: 'a' }) as object)).toEqual(['a'])
    },
  )

  it('refuses a field "__proto__" like others that are not there', () => {
    expect(refusal(PERSON, JSON.parse('{ "__proto__": {} }'))).toContain('no such field')
  })
})

describe('fromJson(), toJson()', () => {
  it.for<[ValueType, unknown, unknown, unknown]>([
    [U64, 7, 7n, 7],
    [U64, '18446744073709551615', 2n ** 64n - 1n, '18446744073709551615'],
    [{ kind: 's64' }, -1, -1n, -1],
    [{ kind: 'f64' }, '-Infinity', -Infinity, '-Infinity'],
    [{ kind: 'char' }, '🦋', '🦋', '🦋'],
    [{ kind: 'list', element: U8 }, 'AQL/', new Uint8Array([1, 2, 255]), 'AQL/'],
    [{ kind: 'list', element: U64 }, [1, '2'], [1n, 2n], [1, 2]],
    [{ kind: 'tuple', elements: [U8, STRING] }, [1, 'a'], [1, 'a'], [1, 'a']],
    [
      { kind: 'map', key: STRING, value: U64 },
      { a: '1', __proto__x: 2 },
      new Map([
        ['a', 1n],
        ['__proto__x', 2n],
      ]),
      { a: 1, __proto__x: 2 },
    ],
    [{ kind: 'map', key: U8, value: U64 }, [[7, '8']], new Map([[7, 8n]]), [[7, 8]]],
    [
      PERSON,
      { fullName: 'Ada', ages: [36] },
      { fullName: 'Ada', ages: [36], nick: undefined },
      { 'full-name': 'Ada', ages: [36], nick: null },
    ],
    [{ kind: 'flags', names: ['a-b', 'c'] }, ['a-b'], { aB: true, c: false }, ['a-b']],
    [SHAPE, 'point', { tag: 'point' }, { tag: 'point' }],
    [SHAPE, { circle: 1.5 }, { tag: 'circle', val: 1.5 }, { tag: 'circle', val: 1.5 }],
    [SHAPE, { tag: 'circle', val: 2 }, { tag: 'circle', val: 2 }, { tag: 'circle', val: 2 }],
    [NESTED, { some: null }, { tag: 'some', val: undefined }, { tag: 'some', val: null }],
    [{ kind: 'result', ok: U8 }, { ok: 1 }, { tag: 'ok', val: 1 }, { tag: 'ok', val: 1 }],
    [{ kind: 'result', ok: U8 }, 'err', { tag: 'err', val: undefined }, { tag: 'err' }],
  ])('reads and writes %j %j', ([type, json, value, written]) => {
    expect(fromJson(type, json)).toEqual(value)
    expect(toJson(type, value)).toEqual(written)
    expect(fromJson(type, written)).toEqual(value)
  })

  it.for<[ValueType, unknown, string]>([
    [U8, 256, ': u8, 256'],
    [U8, 1.5, ': u8, 1.5'],
    [U64, -1, ': u64, -1'],
    [U64, 2 ** 60, ': u64, as a string when above 2^53, 1152921504606847000'],
    [PERSON, { 'full-name': 'Ada', ages: [1, -1] }, '.ages[1]: u8, -1'],
    [
      PERSON,
      { 'full-name': 'Ada', ages: 'not_base64' },
      '.ages: base64 or an array of u8, "not_base64"',
    ],
    [PERSON, { ages: [] }, '.full-name: string, undefined'],
    [PERSON, { 'full-name': 'Ada', ages: [], age: 1 }, '.age: no such field, 1'],
    [SHAPE, { who: { 'full-name': 1, ages: [] } }, '.who.full-name: string, 1'],
    [SHAPE, { tag: 'point', val: 1 }, '.val: nothing, 1'],
    [SHAPE, { square: 1 }, ': { "tag", "val" } with tag point, circle, who, an object'],
    [{ kind: 'flags', names: ['a'] }, ['a', 'b'], '[1]: one of a, "b"'],
    [{ kind: 'enum', names: ['a', 'b'] }, 'c', ': one of a, b, "c"'],
    [{ kind: 'own', resource: 0 }, 1, ': resource, which JSON cannot carry, 1'],
    [{ kind: 'stream' }, 1, ': stream, which JSON cannot carry, 1'],
  ])('names the path and what was expected: %j %j', ([type, json, expected]) => {
    expect(refusal(type, json)).toBe(expected)
  })

  it('writes many bytes without many times their size in memory', () => {
    const module = new URL('json.ts', import.meta.url).href
    const script = `
      const { toJson, fromJson } = await import('${module}')
      const type = { kind: 'list', element: { kind: 'u8' } }
      const bytes = new Uint8Array(32_000_000).map((_, index) => index * 7)
      const text = toJson(type, bytes)
      const read = fromJson(type, text)
      console.log(text.length, Buffer.from(bytes).equals(read))`
    const args = ['--max-old-space-size=256', '--input-type=module', '--eval', script]
    const printed = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' })
    expect(printed).toBe('42666668 true\n')
  }, 30_000)

  it.for<[ValueType, string]>([
    [U64, '9'.repeat(20_000_000)],
    [{ kind: 's64' }, `-${'9'.repeat(20_000_000)}`],
    [{ kind: 'char' }, 'a'.repeat(20_000_000)],
  ])('does not read long text to refuse it as %j', ([type, json]) => {
    const startedAt = performance.now()
    expect(refusal(type, json)).toContain('a string of 2000000')
    expect(performance.now() - startedAt).toBeLessThan(500)
  })

  it('knows which functions JSON can carry', () => {
    expect(isJsonFunction({ params: [{ name: 'a', type: PERSON }], async: false })).toBe(true)
    const result: ValueType = { kind: 'list', element: { kind: 'own', resource: 0 } }
    expect(isJsonFunction({ params: [], result, async: false })).toBe(false)
  })
})
