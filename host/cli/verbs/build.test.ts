/** @module */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { verb } from './build.ts'

const ROOT = mkdtempSync(join(tmpdir(), 'mayfly-verb-build-'))
const BEFORE = process.cwd()
process.chdir(ROOT)
const log = vi.spyOn(console, 'log').mockReturnValue()
const error = vi.spyOn(console, 'error').mockReturnValue()

afterEach(() => vi.clearAllMocks())
afterAll(() => {
  process.chdir(BEFORE)
  rmSync(ROOT, { recursive: true })
})

/** A project with a built component: these tests need no compiler. */
function project(name: string): string {
  const directory = join(ROOT, name)
  mkdirSync(directory)
  writeFileSync(join(directory, 'agent.json'), `{ "name": "${name}", "component": "a.wasm" }`)
  writeFileSync(join(directory, 'a.wasm'), new Uint8Array(2048))
  return directory
}

describe('mayfly build', () => {
  test('writes into the current folder and says so', async () => {
    const directory = project('one')
    expect(await verb.run({ values: {}, positionals: [directory] })).toBe(0)
    expect(existsSync(join(ROOT, 'one.wasm'))).toBe(true)
    expect(log).toHaveBeenCalledWith('one  2.0 KB  unchanged  one.wasm')
  })

  test('prints JSON', async () => {
    const directory = project('two')
    await verb.run({ values: { json: true }, positionals: [directory] })
    expect(JSON.parse(String(log.mock.calls[0]?.[0]))).toMatchObject({ name: 'two', bytes: 2048 })
  })

  test('builds the others when one fails, and fails', async () => {
    const folders = [join(ROOT, 'nowhere'), project('three')]
    expect(await verb.run({ values: {}, positionals: folders })).toBe(1)
    expect(String(error.mock.calls[0]?.[0])).toMatch(/^Cannot read manifest/)
    expect(String(log.mock.calls[0]?.[0])).toMatch(/^three/)
  })

  test.each([
    ['an unknown engine', { engine: 'v8' }, ['.'], /Cannot build with engine "v8"/],
    ['one file for two components', { out: 'x.wasm' }, ['a', 'b'], /to one file/],
  ])('refuses %s', async (_, values, positionals, expected) => {
    await expect(verb.run({ values, positionals })).rejects.toThrow(expected)
  })
})
