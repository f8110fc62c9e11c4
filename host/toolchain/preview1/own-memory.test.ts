/** Programs that own all of their memory, run with an adapter that has one of its own. @module */
import { parse } from '@bytecodealliance/jco'
import { afterAll, describe, expect, it } from 'vitest'
import { Runtime, type RuntimeOptions } from '../../../runtime/presets/index.ts'
import { memoryFiles } from '../../../runtime/wasi/index.ts'
import { adaptCoreModule } from '../adapt-core-module.ts'
import { ownMemory } from './own-memory.ts'

const WASI = 'wasi_snapshot_preview1'
const decoder = new TextDecoder()
const input = { 'long.txt': new Uint8Array(100_000).fill(0x61) }
const drivers: NonNullable<RuntimeOptions['drivers']> = {
  files: memoryFiles({ input: () => input }),
}
const runtime = new Runtime({ drivers })
let programs = 0

afterAll(() => runtime.close())

/** Functions of WASI 0.1 by name, with parameters. */
const IMPORTS = {
  args_sizes_get: 'i32 i32',
  args_get: 'i32 i32',
  fd_read: 'i32 i32 i32 i32',
  fd_write: 'i32 i32 i32 i32',
  fd_readdir: 'i32 i32 i32 i64 i32',
  path_open: 'i32 i32 i32 i32 i32 i64 i64 i32 i32',
  poll_oneoff: 'i32 i32 i32 i32',
  random_get: 'i32 i32',
} as const

function moduleOf(start: string, more = ''): string {
  const imports = Object.entries(IMPORTS).map(
    ([name, params]) =>
      `(import "${WASI}" "${name}" (func $${name} (param ${params}) (result i32)))`,
  )
  return `(module ${imports.join('\n')} (memory (export "memory") 1) ${more}
    (func $own (memory.fill (i32.const 4096) (i32.const 0xff)
      (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 4096))))
    (func $check (param i32) (if (local.get 0) (then (unreachable))))
    (func $print (param $at i32) (param $bytes i32)
      (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $bytes))
      (call $check (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
    (func (export "_start") ${start}))`
}

async function outputOf(wat: string, stdin = ''): Promise<string> {
  const component = await adaptCoreModule(await parse(wat))
  const capabilities = { files: { input: { at: '/' } } }
  const manifest = { name: `program-${++programs}`, capabilities }
  const agent = await runtime.load({ component, manifest })
  const { exitCode, stdout } = await agent.run({ args: ['one', 'two words'], stdin })
  expect(exitCode).toBe(0)
  return decoder.decode(stdout)
}

describe('ownMemory()', () => {
  it('lets a program write all of its memory, before and between calls', async () => {
    const output = await outputOf(
      moduleOf(`
        (call $own)
        (call $check (call $args_sizes_get (i32.const 16) (i32.const 20)))
        (call $own)
        (call $check (call $args_get (i32.const 64) (i32.const 128)))
        (call $own)
        ;; The second argument, by the pointer to it: the first is the name of the program.
        (call $print (i32.load (i32.const 72)) (i32.const 9))`),
    )
    expect(output).toBe('two words')
  })

  it('carries long text in, and long text out', async () => {
    const output = await outputOf(
      moduleOf(`
        (drop (memory.grow (i32.const 9)))
        (i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (i32.const 400000))
        (call $check (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (call $own)
        (i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (i32.const 300000))
        (memory.fill (i32.const 65536) (i32.const 0x62) (i32.const 300000))
        (call $check (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (if (i32.ne (i32.load (i32.const 8)) (i32.const 300000)) (then (unreachable)))`),
      'typed',
    )
    expect(output).toBe('b'.repeat(300_000))
  })

  it('takes the first buffer that is not empty, and changes no byte that was not read', async () => {
    const output = await outputOf(
      moduleOf(`
        (memory.fill (i32.const 1024) (i32.const 0x2d) (i32.const 8))
        (i32.store (i32.const 16) (i32.const 1024)) (i32.store (i32.const 20) (i32.const 0))
        (i32.store (i32.const 24) (i32.const 1024)) (i32.store (i32.const 28) (i32.const 8))
        (call $check (call $fd_read (i32.const 0) (i32.const 16) (i32.const 2) (i32.const 8)))
        (call $print (i32.const 1024) (i32.const 8))`),
      'typed',
    )
    expect(output).toBe('typed---')
  })

  it('carries paths, entries of directories, and files', async () => {
    const output = await outputOf(
      moduleOf(
        `(call $check (call $fd_readdir (i32.const 3) (i32.const 1024) (i32.const 512) (i64.const 0) (i32.const 8)))
        ;; Behind the entry, of 24 bytes, is its name. The entries "." and ".." are before it.
        (call $print (i32.const ${1024 + 24 + 1 + 24 + 2 + 24}) (i32.const 8))
        (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 8)
          (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 12)))
        (call $own)
        (i32.store (i32.const 0) (i32.const 4096)) (i32.store (i32.const 4) (i32.const 4))
        (call $check (call $fd_read (i32.load (i32.const 12)) (i32.const 0) (i32.const 1) (i32.const 8)))
        (call $print (i32.const 4096) (i32.load (i32.const 8)))`,
        '(data (i32.const 16) "long.txt")',
      ),
    )
    expect(output).toBe('long.txtaaaa')
  })

  it('carries lists of events, and calls through a table', async () => {
    const output = await outputOf(
      moduleOf(
        `;; A clock that is due at once, and user data to know it by.
        (i64.store (i32.const 1024) (i64.const 0x6b63696c63))
        (i32.store (i32.const 1040) (i32.const 1))
        (call $check (call_indirect (param i32 i32 i32 i32) (result i32)
          (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 8) (i32.const 0)))
        (call $print (i32.const 2048) (i32.const 5))`,
        '(table funcref (elem $poll_oneoff))',
      ),
    )
    expect(output).toBe('click')
  })

  it('answers too little memory for sizes that no memory has', async () => {
    const output = await outputOf(
      moduleOf(`
        (i32.store (i32.const 16) (call $random_get (i32.const 1024) (i32.const -1)))
        (call $print (i32.const 16) (i32.const 1))`),
    )
    // Error 48 of WASI 0.1 is NOMEM, and of ASCII the digit 0.
    expect(output).toBe('0')
  })

  it.for([
    [
      'says where the adapter may keep things',
      '(memory (export "memory") 1) (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))',
    ],
    ['exports no memory', '(memory 1)'],
    ['has no memory', ''],
  ])('leaves a module that %s as it is', async ([, parts = '']) => {
    const bytes = await parse(
      `(module (import "${WASI}" "random_get" (func (param i32 i32) (result i32))) ${parts})`,
    )
    expect(await ownMemory(bytes, WASI)).toBe(bytes)
  })

  it('leaves a module that passes no pointers as it is', async () => {
    const bytes = await parse(
      `(module (import "${WASI}" "fd_close" (func (param i32) (result i32))) (memory (export "memory") 1))`,
    )
    expect(await ownMemory(bytes, WASI)).toBe(bytes)
  })
})
