/** Programs run from the command line, as processes. @module */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mayfly, writeFiles } from '../../testing/mayfly-process.ts'

const SHOUT = new URL('../../../../components/examples/javy-shout', import.meta.url).pathname
const CALC = new URL('../../../../components/examples/calc', import.meta.url).pathname
const LAUNCHER = new URL('../../mayfly.js', import.meta.url).pathname

/** A module for WASI 0.1: copies input to output and error, then exits with the number of its arguments. */
const COPY = `(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (func (export "_start")
    (block $done
      (loop $more
        (i32.store (i32.const 0) (i32.const 1024))
        (i32.store (i32.const 4) (i32.const 65536))
        (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br_if $done (i32.eqz (i32.load (i32.const 8))))
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br $more)))
    (drop (call $args (i32.const 16) (i32.const 20)))
    (call $exit (i32.load (i32.const 16)))))`

/** Exits with the bytes of its arguments, each with the zero at its end. */
const SIZE = `(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $args (i32.const 16) (i32.const 20)))
    (call $exit (i32.load (i32.const 20)))))`

const TRAP = `(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") unreachable))`

let folder = ''

beforeAll(async () => {
  folder = writeFiles(mkdtempSync(join(tmpdir(), 'mayfly-run-')), {
    'copy.wasm': await parse(COPY),
    'agent/copy.wasm': await parse(COPY),
    'size.wasm': await parse(SIZE),
    'trap.wasm': await parse(TRAP),
    'agent/agent.json': { name: 'copy', component: 'copy.wasm' },
  })
})

afterAll(() => rmSync(folder, { recursive: true }))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(input: string | undefined, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [LAUNCHER, 'run', ...args], { cwd: folder })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => (stdout += String(chunk)))
    child.stderr.on('data', (chunk) => (stderr += String(chunk)))
    // Without input the pipe stays open: whether the program reads it is up to the program.
    if (input !== undefined) child.stdin.end(input)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}

describe('mayfly run', () => {
  it('connects standard streams and exits with the exit code of the program', async () => {
    // One argument: the name of the program.
    expect(await run('typed\n', 'copy.wasm')).toEqual({
      code: 1,
      stdout: 'typed\n',
      stderr: 'typed\n',
    })
  })

  it('passes the arguments on, also those that look like options', async () => {
    const { code, stdout } = await run('x', '--store', 'kept', 'copy.wasm', '--help', '--', '-x')
    expect({ code, stdout }).toEqual({ code: 4, stdout: 'x' })
  })

  it('passes arguments of any characters on', async () => {
    const name = 'size '.length
    expect(await run('', 'size.wasm', 'Ada', '')).toMatchObject({ code: name + 4 + 1, stderr: '' })
    expect(await run('', 'size.wasm', 'ä', '日本𝒳')).toMatchObject({
      code: name + 3 + 11,
      stderr: '',
    })
  })

  it('takes a -- just behind the program for what separates its arguments', async () => {
    expect(await run('', 'copy.wasm', '--', '--help', '-x')).toMatchObject({ code: 3 })
    expect(await run('', 'copy.wasm', '--', '--', '-x')).toMatchObject({ code: 3 })
  })

  it('runs the program of a folder, and carries more than a pipe holds', async () => {
    const input = 'line of text\n'.repeat(50_000)
    const { stdout, stderr } = await run(input, 'agent')
    expect([stdout === input, stderr === input]).toEqual([true, true])
  })

  it('exits when the program has ended, though its input is still open', async () => {
    const { code, stderr } = await run(undefined, 'trap.wasm')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^mayfly: .*unreachable/)
  })

  it('gives an agent standard input as the body of a request: a program for Javy', async () => {
    const ended = await run('hello', SHOUT)
    expect(ended).toEqual({ code: 0, stdout: 'HELLO!\n', stderr: '5 characters\n' })
    const failed = await run('', SHOUT)
    expect(failed).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^mayfly: .*Cannot shout: nothing on standard input/),
    })
    const { code, stdout, stderr } = await run('', SHOUT, 'argument')
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('"javy-shout"')])
  })

  it('exits with 1 when such an agent answers with an error, and writes its answer', async () => {
    expect(await run('"1+"', CALC)).toMatchObject({ code: 1, stdout: expect.stringMatching(/./) })
    expect(await run('"1+1"', CALC)).toEqual({ code: 0, stdout: '2', stderr: '' })
  })

  it.for([
    [[], 'no path given'],
    [['absent.wasm'], 'no such file or folder'],
    [['--absent', 'copy.wasm'], 'Unknown option'],
  ] as const)('explains a wrong use: %j', async ([args, message]) => {
    const ended = await mayfly(['run', ...args], { cwd: folder })
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })

  it('says what else to do with an agent that is no program', async () => {
    writeFiles(folder, { 'pure.wasm': await parse('(component)') })
    const ended = await mayfly(['run', 'pure.wasm'], { cwd: folder })
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('wasi:cli/run') })
  })
})
