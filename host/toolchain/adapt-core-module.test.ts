import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { Runtime } from '../../runtime/presets/index.ts'
import { adaptCoreModule } from './adapt-core-module.ts'

// Copies standard input to standard output, as a module that Javy compiled writes its answer.
const COPY = `(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "_start")
    (loop $more
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 65536))
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (if (i32.eqz (i32.load (i32.const 8))) (then (return)))
      (i32.store (i32.const 4) (i32.load (i32.const 8)))
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br $more))))`

describe('adaptCoreModule()', () => {
  it('makes a component of a module for WASI 0.1, which then answers requests', async () => {
    const component = await adaptCoreModule(await parse(COPY))
    const runtime = new Runtime()
    const agent = await runtime.load({ component, manifest: { name: 'copy' } })
    const response = await agent.fetch(
      new Request('http://host/', { method: 'POST', body: 'typed' }),
    )
    expect([response.status, await response.text()]).toEqual([200, 'typed'])
    const { exitCode, stdout } = await agent.run({ stdin: 'typed' })
    expect([exitCode, new TextDecoder().decode(stdout)]).toEqual([0, 'typed'])
    await runtime.close()
  })

  it.each([0, 1, 42, 255])('has a program exit with its code %d', async (code) => {
    const exits = `(module
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (func (export "_start") (call $exit (i32.const ${code}))))`
    const component = await adaptCoreModule(await parse(exits))
    const runtime = new Runtime()
    const agent = await runtime.load({ component, manifest: { name: 'exits' } })
    expect(await agent.run()).toMatchObject({ exitCode: code })
    await runtime.close()
  })

  it.each([
    ['(import "env" "mystery" (func))', 'it imports "mystery" of "env", which has no provider'],
    [
      '(import "wasi_snapshot_preview1" "fd_teleport" (func))',
      'it imports "fd_teleport" of "wasi_snapshot_preview1", which has no provider',
    ],
    ['(import "env" "memory" (memory 1))', 'it imports "memory" of "env", which has no provider'],
  ])('says on one line that an import cannot be met: %s', async (imported, message) => {
    const module = await parse(`(module ${imported}
      (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))
      (func (export "_start")))`)
    await expect(adaptCoreModule(module)).rejects.toMatchObject({
      code: 'ERR_IMPORT_UNSATISFIED',
      message: `Cannot adapt module for WASI 0.1: ${message}`,
    })
  })

  it('says on one line that an import has another type', async () => {
    const module = await parse(`(module
      (import "wasi_snapshot_preview1" "fd_close" (func (param i64)))
      (memory (export "memory") 1)
      (func (export "_start")))`)
    const error: unknown = await adaptCoreModule(module).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ERR_COMPONENT_MALFORMED' })
    expect(String(error)).toMatch(/^[^\n]*Cannot adapt module for WASI 0\.1: [^\n]+$/)
  })

  it('leaves everything else as it is', async () => {
    const pure = await parse('(module)')
    expect(await adaptCoreModule(pure)).toBe(pure)
    const component = await parse('(component)')
    expect(await adaptCoreModule(component)).toBe(component)
  })
})
