/** The runners of public suites, with suites of a few tests: those that pass, and those that must not. @module */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { afterAll, describe, expect, it } from 'vitest'
import { PASS_ON, streamingService } from '../../../runtime/wasi/testing/streaming-service.ts'
import { runComponentModel } from './component-model.ts'
import { shareOf } from './share.ts'
import { tableOf } from './table.ts'
import type { Verdict } from './verdict.ts'
import { openServers } from './test-servers.ts'
import { runWasiTestsuite } from './wasi-testsuite.ts'

const checkout = mkdtempSync(join(tmpdir(), 'mayfly-suite-'))
afterAll(() => rmSync(checkout, { recursive: true }))

function put(path: string, contents: string | Uint8Array): void {
  const file = join(checkout, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, contents)
}

async function verdicts(run: AsyncIterable<Verdict>): Promise<Record<string, string | undefined>> {
  const found: Record<string, string | undefined> = {}
  for await (const { test, failure } of run) found[test] = failure
  return found
}

describe('runComponentModel()', () => {
  it('passes what is right, and names the line of what is not', async () => {
    put(
      'test/values/few.wast',
      `;; (a comment "with" (brackets))
(component definition $D
  (core module $m
    (global $n (mut i32) (i32.const 6))
    (func (export "next") (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (global.get $n))
    (func (export "fail") unreachable))
  (core instance $i (instantiate $m))
  (func (export "next") (result u32) (canon lift (core func $i "next")))
  (func (export "fail") (canon lift (core func $i "fail"))))
(component instance $I $D)
(assert_return (invoke "next") (u32.const 7))
(assert_return (invoke $I "next") (u32.const 8))
(assert_return (invoke "next") (u32.const 1))
(assert_trap (invoke "next") "no trap")
(assert_trap (invoke "fail") "unreachable")
(assert_invalid (component (export "a" (func 0))) "unknown function")
(assert_invalid (component) "is valid")`,
    )
    expect(await verdicts(runComponentModel(checkout, ''))).toEqual({
      'few.wast:12': undefined,
      'few.wast:13': undefined,
      'few.wast:14': undefined,
      'few.wast:15': 'returns 9, not 1',
      'few.wast:16': 'does not trap: no trap',
      'few.wast:17': undefined,
      'few.wast:18': undefined,
      'few.wast:19': 'accepts: is valid',
    })
  })
})

describe('runWasiTestsuite()', () => {
  it('compares exit code and output with the specification beside a module', async () => {
    const folder = 'tests/few/testsuite/wasm32-wasip1'
    const module = await parse(`(module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (data (i32.const 16) "\\20\\00\\00\\00\\05\\00\\00\\00") (data (i32.const 32) "hello")
      (func (export "_start")
        (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))
        (drop (call $args (i32.const 64) (i32.const 68)))
        (call $exit (i32.load (i32.const 64)))))`)
    const specifications = {
      passes: { args: ['a', 'b'], exit_code: 3, stdout: 'hello' },
      operations: {
        operations: [
          { type: 'run', args: ['a'] },
          { type: 'read', id: 'stdout', payload: 'hello' },
          { type: 'wait', exit_code: 2 },
        ],
      },
      'other-code': { args: [], exit_code: 3 },
      'other-output': { exit_code: 1, stdout: 'bye' },
    }
    for (const [name, specification] of Object.entries(specifications)) {
      put(`${folder}/${name}.wasm`, module)
      put(`${folder}/${name}.json`, JSON.stringify(specification))
    }
    put(`${folder}/no-specification.wasm`, module)
    expect(await verdicts(runWasiTestsuite(checkout, ''))).toEqual({
      passes: undefined,
      operations: undefined,
      'other-code': 'exits with 1: ',
      'other-output': 'stdout is "hello"',
      'no-specification': 'exits with 1: ',
    })
  })

  it('compares the answers of a server with those of its specification', async () => {
    const folder = 'tests/few/testsuite/wasm32-wasip3'
    const echo = await streamingService(PASS_ON)
    const post = { type: 'request', method: 'POST', path: '/', body: 'hello' }
    const answers = {
      answers: { status: 200, body: 'hello' },
      'other-status': { status: 201 },
      'other-body': { status: 200, body: 'bye' },
      'other-header': { status: 200, headers: { 'x-sum': '1' } },
    }
    for (const [name, response] of Object.entries(answers)) {
      const operations = [
        { type: 'run' },
        { ...post, response },
        { type: 'kill' },
        { type: 'wait' },
      ]
      put(`${folder}/${name}.wasm`, echo)
      put(`${folder}/${name}.json`, JSON.stringify({ operations }))
    }
    const found = await verdicts(runWasiTestsuite(checkout, ''))
    expect(found).toMatchObject({
      'other-status': 'POST /: 200 hello ',
      'other-body': 'POST /: body is "hello" ',
      'other-header': 'POST /: x-sum is null ',
    })
    expect(found['answers']).toBeUndefined()
    expect(Object.keys(found)).toContain('answers')
  })
})

describe('openServers()', () => {
  it('answers as a test says, and returns what it got', async () => {
    const response = { status: 201, chunks: ['one', 'two'] }
    await using servers = await openServers([
      {
        name: 'main',
        endpoints: [
          { method: 'GET', path: '/chunks', response },
          { method: 'POST', path: '/body', mode: 'echo-body' },
          { method: 'GET', path: '/head?a=1', mode: 'echo-headers' },
        ],
      },
      { name: 'dead', kind: 'closed' },
    ])
    const { HTTP_SERVER_MAIN: main, HTTP_SERVER_DEAD: dead } = servers.environment
    const chunks = await fetch(`http://${main}/chunks`)
    expect([chunks.status, await chunks.text()]).toEqual([201, 'onetwo'])
    const body = await fetch(`http://${main}/body`, { method: 'POST', body: 'sent' })
    expect(await body.text()).toBe('sent')
    const head = await fetch(`http://${main}/head?a=1`, { headers: { 'x-sent': 'yes' } })
    expect(head.headers.get('x-request-path')).toBe('/head?a=1')
    expect(head.headers.get('x-echo-x-sent')).toBe('yes')
    expect((await fetch(`http://${main}/none`)).status).toBe(404)
    await expect(fetch(`http://${dead}/`)).rejects.toThrow()
  })
})

describe('shareOf()', () => {
  const required = { name: 'most', includes: (group: string) => group !== 'c', least: 0.5 }
  const verdict = (group: string, failure?: string): Verdict => ({ group, test: 't', failure })

  it('counts the groups that it includes', () => {
    const verdicts = [verdict('a'), verdict('b', 'broken'), verdict('c', 'broken')]
    expect(shareOf(verdicts, required)).toEqual({
      line: 'most: 1 of 2 (50 %, at least 50 %)',
      isReached: true,
    })
  })

  it('is not reached with one test fewer, nor without tests', () => {
    const verdicts = [verdict('a'), verdict('b', 'broken'), verdict('a', 'broken')]
    expect(shareOf(verdicts, required)).toEqual({
      line: 'most: 1 of 3 (33.3 %, at least 50 %)',
      isReached: false,
    })
    expect(shareOf([verdict('c')], required).isReached).toBe(false)
  })
})

describe('tableOf()', () => {
  it('has a row for each group, and one for all', () => {
    const verdict = (group: string, failure?: string): Verdict => ({ group, test: 't', failure })
    expect(tableOf([verdict('a'), verdict('a', 'broken'), verdict('b')]))
      .toBe(`| suite | passed | tests |
| --- | --: | --: |
| a | 1 | 2 |
| b | 1 | 1 |
| all | 2 | 3 |
`)
  })
})
