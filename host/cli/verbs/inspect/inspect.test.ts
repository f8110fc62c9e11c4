/** @module */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { verb } from './inspect.ts'

const ROOT = mkdtempSync(join(tmpdir(), 'mayfly-verb-inspect-'))
const FILE = join(ROOT, 'a.wasm')
const log = vi.spyOn(console, 'log').mockReturnValue()
// (component (core module))
writeFileSync(
  FILE,
  new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 1, 8, 0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
)

afterEach(() => vi.clearAllMocks())
afterAll(() => rmSync(ROOT, { recursive: true }))

describe('mayfly inspect', () => {
  test('prints what a component is made of', async () => {
    expect(await verb.run({ values: {}, positionals: [FILE] })).toBe(0)
    const text = String(log.mock.calls[0]?.[0])
    expect(text).toMatch(/^ {2}size {10}18 B$/m)
    expect(text).toMatch(/^ {2}core modules {2}8 B, stampable$/m)
    expect(text).toMatch(/^ {2}needs {9}nothing$/m)
    expect(text).toMatch(/^ {2}turns {9}it never computes for long$/m)
  })

  test('says of a module for WASI 0.1 that it runs as it is', async () => {
    const module = join(ROOT, 'program.wasm')
    writeFileSync(
      module,
      await parse(`(module
        (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
        (memory (export "memory") 1)
        (func (export "_start")))`),
    )
    expect(await verb.run({ values: {}, positionals: [module] })).toBe(0)
    const text = String(log.mock.calls[0]?.[0])
    expect(text).toMatch(/^ {2}runs {10}as it is, as a module for WASI 0\.1/m)
    expect(text).toContain('export wasi:cli/run@0.2')
    await verb.run({ values: { json: true }, positionals: [module] })
    expect(JSON.parse(String(log.mock.calls[1]?.[0]))).toMatchObject({
      runsAs: 'module for WASI 0.1',
    })
  })

  test('builds the agent of a folder, or says that there is none', async () => {
    const folder = join(ROOT, 'agent')
    mkdirSync(folder)
    await expect(verb.run({ values: {}, positionals: [folder] })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringContaining('agent.json'),
    })
    copyFileSync(FILE, join(folder, 'own.wasm'))
    const manifest = { name: 'own', component: 'own.wasm', route: '/own/*' }
    writeFileSync(join(folder, 'agent.json'), JSON.stringify(manifest))
    expect(await verb.run({ values: {}, positionals: [folder] })).toBe(0)
    const text = String(log.mock.calls[0]?.[0])
    expect(text).toMatch(/^ {2}size {10}18 B$/m)
    expect(text).toMatch(/^ {2}route {9}\/own\/\*$/m)
  })

  test('prints JSON', async () => {
    await verb.run({ values: { json: true }, positionals: [FILE] })
    expect(JSON.parse(String(log.mock.calls[0]?.[0]))).toMatchObject({
      bytes: 18,
      imports: [],
      runsAs: 'component',
    })
  })

  test('prints where its agent answers, when an agent.json says so', async () => {
    const place = { hosts: ['a.example.com', 'a.example.org'], route: '/a/*' }
    const manifest = join(ROOT, 'agent.json')
    writeFileSync(manifest, JSON.stringify({ name: 'any', component: 'a.wasm', ...place }))
    await verb.run({ values: {}, positionals: [FILE] })
    await verb.run({ values: { json: true }, positionals: [FILE] })
    const [text, json] = log.mock.calls.map(([printed]) => String(printed))
    expect(text).toMatch(/^ {2}route {9}\/a\/\*$/m)
    expect(text).toMatch(/^ {2}hosts {9}a\.example\.com, a\.example\.org$/m)
    expect(JSON.parse(json ?? '')).toMatchObject(place)
    writeFileSync(manifest, '{ "name": 3 }')
    await verb.run({ values: {}, positionals: [FILE] })
    expect(String(log.mock.calls[2]?.[0])).not.toMatch(/^ {2}(route|hosts)/m)
    rmSync(manifest)
  })

  test.each([
    ['a file that is not there', [join(ROOT, 'nope.wasm')], /no such file/],
    ['no file', [], /one file or folder is needed/],
    ['two files', [FILE, FILE], /one file or folder is needed/],
  ])('refuses %s', async (_, positionals, expected) => {
    const run = verb.run({ values: {}, positionals })
    await expect(run).rejects.toThrow(expected)
    await expect(run).rejects.toMatchObject({ code: 'ERR_USAGE' })
  })
})
