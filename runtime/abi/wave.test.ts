/** Text of values, read and written by one type. @module */
import { describe, expect, it } from 'vitest'
import { readWave, readWaveArguments, waveFunctionName } from './wave-reader.ts'
import { writeWave } from './wave-writer.ts'
import type { ValueType } from './types.ts'

const u8: ValueType = { kind: 'u8' }
const string: ValueType = { kind: 'string' }
const person: ValueType = {
  kind: 'record',
  fields: [
    { name: 'full-name', type: string },
    { name: 'age', type: { kind: 'option', some: u8 } },
  ],
}
const nested: ValueType = { kind: 'option', some: { kind: 'option', some: u8 } }
const found: ValueType = { kind: 'result', ok: string, error: u8 }
const plain: ValueType = { kind: 'result' }
const shape: ValueType = {
  kind: 'variant',
  cases: [{ name: 'dot' }, { name: 'none' }, { name: 'circle', type: { kind: 'f64' } }],
}
const flags: ValueType = { kind: 'flags', names: ['can-read', 'can-write'] }

describe('a value in WAVE', () => {
  it.for<[ValueType, string, unknown]>([
    [{ kind: 'bool' }, 'true', true],
    [u8, '255', 255],
    [{ kind: 's8' }, '-128', -128],
    [{ kind: 'u64' }, '18446744073709551615', 18446744073709551615n],
    [{ kind: 'f64' }, '-0', -0],
    [{ kind: 'f64' }, '1.5', 1.5],
    [{ kind: 'f32' }, 'nan', Number.NaN],
    [{ kind: 'f64' }, '-inf', -Infinity],
    [{ kind: 'char' }, "'🐝'", '🐝'],
    [{ kind: 'char' }, "'\\''", "'"],
    [string, '"a\\"b\\\\\\n\\u{200f}"', 'a"b\\\n\u200f'],
    [{ kind: 'list', element: string }, '["a", "b"]', ['a', 'b']],
    [{ kind: 'list', element: u8 }, '[1, 2]', Uint8Array.of(1, 2)],
    [{ kind: 'tuple', elements: [u8, string] }, '(1, "a")', [1, 'a']],
    [person, '{full-name: "Ada"}', { fullName: 'Ada', age: undefined }],
    [person, '{full-name: "Ada", age: some(36)}', { fullName: 'Ada', age: 36 }],
    [{ kind: 'record', fields: [] }, '{:}', {}],
    [flags, '{can-write}', { canRead: false, canWrite: true }],
    [flags, '{}', { canRead: false, canWrite: false }],
    [{ kind: 'enum', names: ['red', 'none'] }, '%none', 'none'],
    [shape, 'dot', { tag: 'dot' }],
    [shape, '%none', { tag: 'none' }],
    [shape, 'circle(2)', { tag: 'circle', val: 2 }],
    [nested, 'none', { tag: 'none' }],
    [nested, 'some(none)', { tag: 'some', val: undefined }],
    [nested, 'some(some(1))', { tag: 'some', val: 1 }],
    [found, 'ok("a")', { tag: 'ok', val: 'a' }],
    [found, 'err(3)', { tag: 'err', val: 3 }],
    [plain, 'ok', { tag: 'ok' }],
  ])('%j: %s is read, and written the same', ([type, text, value]) => {
    expect(readWave(type, text)).toEqual(value)
    expect(writeWave(type, value)).toBe(text)
  })

  it.for<[ValueType, string, unknown]>([
    [string, '  // a comment\n "a" ', 'a'],
    [{ kind: 'option', some: u8 }, '3', 3],
    [found, '"short"', { tag: 'ok', val: 'short' }],
    [person, '{ age: 3, full-name: "A", }', { fullName: 'A', age: 3 }],
    [{ kind: 'list', element: u8 }, '[1,]', Uint8Array.of(1)],
    [string, '"""\n  one\n    two "quoted"\n  """', 'one\n  two "quoted"'],
    [{ kind: 'f64' }, '1e3', 1000],
    [{ kind: 'option', some: shape }, '%none', { tag: 'none' }],
    [{ kind: 'option', some: shape }, 'none', undefined],
  ])('%j also reads %s', ([type, text, value]) => {
    expect(readWave(type, text)).toEqual(value)
  })

  it.for<[ValueType, string, string]>([
    [u8, '256', 'expected u8, got 256'],
    [u8, '1.5', 'expected u8'],
    [u8, '007', 'expected u8'],
    [u8, '', 'got the end'],
    [u8, '1 2', 'expected nothing more, got "2"'],
    [string, '"open', 'expected closing "'],
    [string, '"\\u{d800}"', 'a Unicode scalar value'],
    [string, '"\\q"', 'an escape'],
    [{ kind: 'char' }, "'ab'", 'after one character'],
    [{ kind: 'char' }, "''", 'one character'],
    [person, '{age: 1}', 'expected field full-name'],
    [person, '{full-name: "A", full-name: "B"}', 'expected one of full-name, age'],
    [person, '{:', 'expected "}"'],
    [flags, '{can-fly}', 'expected one of can-read, can-write, got can-fly'],
    [shape, 'square', 'expected one of dot, none, circle'],
    [shape, 'circle', 'expected "("'],
    [{ kind: 'list', element: u8 }, '[1, -2]', 'expected u8'],
    [{ kind: 'list', element: u8 }, '[1 2]', 'expected "]"'],
    [{ kind: 'list', element: u8, length: 2 }, '[1]', 'expected 2 elements, got 1'],
    [{ kind: 'tuple', elements: [u8, u8] }, '(1)', 'expected ","'],
    [nested, '3', 'expected one of some'],
    [string, '"""\n  a\n b\n  """', 'indented'],
    [{ kind: 'borrow', resource: 0 }, '1', 'borrow has no text'],
  ])('%j refuses %s: %s', ([type, text, message]) => {
    expect(() => readWave(type, text)).toThrow(message)
  })
})

describe('a call in WAVE', () => {
  const params = [
    { name: 'left', type: u8 },
    { name: 'who', type: person },
    { name: 'more', type: nested },
  ]

  it('is a name and its arguments', () => {
    const text = 'acme:math/ops@1.0.0#add(1, {full-name: "(x)"}, none)'
    expect(waveFunctionName(text)).toBe('acme:math/ops@1.0.0#add')
    expect(readWaveArguments(params, text)).toEqual([
      1,
      { fullName: '(x)', age: undefined },
      { tag: 'none' },
    ])
  })

  it.for(['add', 'add 1', '"add"(1)', '(1)'])('%s is none', (text) => {
    expect(waveFunctionName(text)).toBeUndefined()
  })

  it.for<[string, string, string]>([
    ['f(1)', '', 'expected parameter who: record'],
    ['f(1, {full-name: 3}, none)', 'who.full-name', 'expected string, got "3}, none)"'],
    ['f(1 {full-name: "a"}, none)', '', 'expected ")"'],
    ['f(1, {full-name: "a"}, none, 4)', '', 'expected ")" after 3 arguments'],
    ['f(1, {full-name: "a"}, none', '', 'got the end'],
    ['f(1, {full-name: "a"}, none) x', '', 'expected nothing more'],
  ])('%s is refused at "%s": %s', ([text, path, message]) => {
    let thrown: unknown
    try {
      readWaveArguments(params, text)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ path, message: expect.stringContaining(message) })
  })
})
