/** Exports of any component, called from the command line. @module */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mayfly, writeFiles } from '../../testing/mayfly-process.ts'

const MATH = `(component
  (core module $m
    (func (export "add") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
    (func (export "check") (param i32) (result i32) (i32.eqz (local.get 0))))
  (core instance $i (instantiate $m))
  (func $add (param "left" u64) (param "right" u64) (result u64) (canon lift (core func $i "add")))
  (func $check (param "value" bool) (result (result)) (canon lift (core func $i "check")))
  (instance $ops (export "add" (func $add)))
  (export "acme:math/ops" (instance $ops))
  (export "check" (func $check)))`

let folder = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-call-'))
  writeFiles(folder, { 'math.wasm': await parse(MATH) })
})

afterAll(() => rmSync(folder, { recursive: true }))

const call = (...args: string[]) => mayfly(['call', 'math.wasm', ...args], { cwd: folder })

it('mayfly inspect lists what can be called, with its schemas', async () => {
  const { stdout } = await mayfly(['inspect', 'math.wasm', '--json'], { cwd: folder })
  const u64 = {
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', pattern: '^[0-9]+$' },
    ],
  }
  expect(JSON.parse(stdout).functions).toContainEqual({
    name: 'acme:math/ops#add',
    parameters: {
      type: 'object',
      properties: { left: u64, right: u64 },
      required: ['left', 'right'],
      additionalProperties: false,
    },
    result: u64,
  })
})

describe('mayfly call of an export in WAVE', () => {
  it.for<[string, string]>([
    ['acme:math/ops#add(40, 2)', '42'],
    ['check(true)', 'ok'],
  ])('%s prints %s', async ([target, printed]) => {
    expect(await call(target)).toMatchObject({ code: 0, stdout: `${printed}\n` })
  })

  it.for<[string[], number, string]>([
    [['acme:math/ops#add(1, -2)'], 1, 'with right: expected u64, got -2'],
    [['acme:math/ops#add(1'], 1, 'expected ")", got the end'],
    [['check(false)'], 1, 'returned its error: err'],
    [['check(true)', 'more'], 2, 'it has arguments in WAVE already'],
    [['absent()'], 2, 'It exports '],
  ])('%j exits with %i', async ([args, code, message]) => {
    expect(await call(...args)).toMatchObject({ code, stderr: expect.stringContaining(message) })
  })
})

describe('mayfly call of an export', () => {
  it.for<[string[], string]>([
    [['acme:math/ops#add', '40', '2'], '42'],
    [['acme:math/ops#add', '"18446744073709551614"', '1'], '"18446744073709551615"'],
    [['check', 'true'], 'null'],
  ])('%j prints %s', async ([args, printed]) => {
    expect(await call(...args)).toMatchObject({ code: 0, stdout: `${printed}\n` })
  })

  it.for<[string[], number, string]>([
    [['acme:math/ops#add', '1', '{}'], 1, 'with right: expected u64'],
    [
      ['acme:math/ops#add', '1'],
      1,
      'with right: expected u64, as a string when above 2^53, got undefined',
    ],
    [['acme:math/ops#add', '1', '2', '3'], 2, 'it takes 2 arguments, got 3'],
    [['check', 'false'], 1, 'returned its error: null'],
    [['absent'], 2, 'It exports '],
  ])('%j exits with %i', async ([args, code, message]) => {
    expect(await call(...args)).toMatchObject({ code, stderr: expect.stringContaining(message) })
  })
})
