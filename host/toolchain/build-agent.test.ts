/** Builds agents with the real tools, in a temporary folder. @module */
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { decodeComponent } from '../../runtime/binary/index.ts'
import { MayflyError } from '../../runtime/errors/index.ts'
import { buildAgent, OPTIONAL_IMPORTS_SECTION, type BuiltAgent } from './index.ts'
import { importedInterfaces } from './package-files.ts'

const ROOT = mkdtempSync(join(tmpdir(), 'mayfly-build-'))
const CACHE = join(ROOT, 'cache')
const HELLO = `import type { Agent } from 'mayfly/guest'
export default { fetch: () => new Response('hello') } satisfies Agent
`
let folders = 0

// A build takes a second on an idle machine, and several seconds while all tests run at once.
vi.setConfig({ testTimeout: 60_000 })

afterAll(() => rmSync(ROOT, { recursive: true }))

function project(
  files: Readonly<Record<string, string | Uint8Array>>,
  manifest: object = {},
): string {
  const directory = join(ROOT, `agent-${++folders}`)
  mkdirSync(directory)
  const all = {
    'agent.json': JSON.stringify({ name: 'hello', source: 'agent.ts', ...manifest }),
    ...files,
  }
  for (const [name, content] of Object.entries(all)) writeFileSync(join(directory, name), content)
  return directory
}

function build(directory: string, cacheDirectory: string = CACHE): Promise<BuiltAgent> {
  return buildAgent({ directory, cacheDirectory })
}

async function failure(directory: string): Promise<MayflyError> {
  try {
    await build(directory)
  } catch (error) {
    if (error instanceof MayflyError) return error
    throw error
  }
  throw new Error('was built')
}

describe('buildAgent()', () => {
  test('makes a component that exports the handler and marks its imports as optional', async () => {
    const { component, cached, digest, manifest } = await build(project({ 'agent.ts': HELLO }))
    expect(cached).toBe(false)
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(manifest.name).toBe('hello')
    const { definitions, customSections } = decodeComponent(component)
    const exported = definitions.filter((item) => item.kind === 'export').map(({ name }) => name)
    expect(exported).toContain('mayfly:agent/handler@0.2.0')
    const section = customSections.find(({ name }) => name === OPTIONAL_IMPORTS_SECTION)
    const text = new TextDecoder().decode(component.subarray(section?.start, section?.end))
    expect(text.split('\n')).toContain('mayfly:agent/kv@0.2.0')
    expect(text.split('\n')).toHaveLength(importedInterfaces().length)
  })

  test('writes the component to `out`', async () => {
    const directory = project({ 'agent.ts': HELLO })
    const out = join(directory, 'dist', 'a.wasm')
    const { component } = await buildAgent({ directory, cacheDirectory: CACHE, out })
    expect(new Uint8Array(readFileSync(out))).toEqual(component)
  })

  test('takes a component that is built', async () => {
    const bytes = new Uint8Array([0, 0x61, 0x73, 0x6d])
    const manifest = { source: undefined, component: 'a.wasm' }
    const built = await build(project({ 'a.wasm': bytes }, manifest))
    expect(built.component).toEqual(bytes)
  })
})

describe('buildAgent() from the cache', () => {
  test('compiles nothing when only comments or times change, and again when code does', async () => {
    const cache = join(ROOT, 'cache-of-changes')
    const directory = project({ 'agent.ts': HELLO, 'part.ts': 'export const part = 1\n' })
    const source = join(directory, 'agent.ts')
    const first = await build(directory, cache)
    expect((await build(directory, cache)).cached).toBe(true)
    utimesSync(source, new Date(), new Date())
    expect((await build(directory, cache)).cached).toBe(true)
    writeFileSync(source, `// New.\n${HELLO}`)
    expect(await build(directory, cache)).toMatchObject({ cached: true, digest: first.digest })
    writeFileSync(source, HELLO.replace("'hello'", "'world'"))
    expect((await build(directory, cache)).cached).toBe(false)
  })

  test('maps lines of the bundle to those of the last source, also where its component was there', async () => {
    const cache = join(ROOT, 'cache-of-maps')
    const directory = project({ 'agent.ts': HELLO })
    const out = join(directory, 'out', 'hello.wasm')
    const first = await build(directory, cache)
    expect(JSON.parse(first.sourceMap ?? '')).toMatchObject({
      file: 'agent.js',
      sources: ['agent.ts', null],
    })
    expect(first.sourceMap).not.toContain(ROOT)
    expect((await build(directory, cache)).sourceMap).toBe(first.sourceMap)
    writeFileSync(join(directory, 'agent.ts'), `// New.\n${HELLO}`)
    const next = await buildAgent({ directory, cacheDirectory: cache, out })
    expect(next).toMatchObject({ cached: true, digest: first.digest })
    expect(next.sourceMap).not.toBe(first.sourceMap)
    expect(readFileSync(`${out}.map`, 'utf8')).toBe(next.sourceMap)
    const manifest = { source: undefined, component: 'out/hello.wasm' }
    writeFileSync(join(directory, 'agent.json'), JSON.stringify({ name: 'hello', ...manifest }))
    expect((await build(directory, cache)).sourceMap).toBe(next.sourceMap)
    writeFileSync(`${out}.map`, '{')
    expect((await build(directory, cache)).sourceMap).toBeUndefined()
  })

  test('does not load bundler or compiler', async () => {
    const directory = project({ 'agent.ts': HELLO })
    await build(directory)
    const script = `
      import { registerHooks } from 'node:module'
      registerHooks({ resolve(specifier, context, next) {
        if (/^(esbuild|componentize|assemblyscript|@bytecodealliance)/.test(specifier)) throw new Error(specifier)
        return next(specifier, context)
      } })
      const { buildAgent } = await import(${JSON.stringify(new URL('index.ts', import.meta.url).href)})
      const built = await buildAgent(${JSON.stringify({ directory, cacheDirectory: CACHE })})
      process.stdout.write(String(built.cached))`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    expect(child.stderr).toBe('')
    expect(child.stdout).toBe('true')
  })

  test('builds again what was damaged', async () => {
    const cache = join(ROOT, 'cache-of-damage')
    const directory = project({ 'agent.ts': HELLO })
    await build(directory, cache)
    for (const name of readdirSync(join(cache, 'objects'))) {
      const path = join(cache, 'objects', name)
      writeFileSync(path, readFileSync(path).subarray(0, 1000))
    }
    expect((await build(directory, cache)).cached).toBe(false)
    for (const name of readdirSync(join(cache, 'builds')))
      writeFileSync(join(cache, 'builds', name), '{')
    expect((await build(directory, cache)).cached).toBe(true)
  })
})

describe('buildAgent() refuses', () => {
  test.each([
    [
      'a syntax error',
      'export default {\n\tfetch() { return (1 }\n}\n',
      /agent\.ts:2:22: Expected "\)" but found "}"\n {4}2 \| \tfetch/,
    ],
    [
      'a file that is not there',
      "import './nope.ts'\nexport default {}\n",
      /agent\.ts:1:8: Could not resolve "\.\/nope\.ts"/,
    ],
    [
      'the use of a module of Node while loading',
      "import { readFileSync } from 'node:fs'\n\nconst text = readFileSync('x')\nexport default { fetch: () => text }\n",
      /agent\.ts:3:\d+: throws while it is loaded: Cannot use "node:fs\.readFileSync" in agent\.ts:1: an agent runs without Node\.js\. Keep data with env\.kv/,
    ],
    [
      'a module of Node that there is not, by its old name',
      "import net from 'net'\nexport default { fetch: new net.Socket() }\n",
      /agent\.ts:2:\d+: throws while it is loaded: Cannot use "net\.Socket" in agent\.ts:1: .*Use fetch/,
    ],
    [
      'the inside of the library',
      "import 'mayfly/guest/host'\nexport default {}\n",
      /the library is "mayfly\/guest"/,
    ],
    ['no default export', 'export const x = 1\n', /agent\.ts: no default export/],
    [
      'a default export that is no agent',
      'export default { fech() {} }\n',
      /agent\.ts: its default export has no method "fetch"/,
    ],
    [
      'an exception while loading',
      "interface A { b: number }\n\nfunction f(a: A): void {\n  throw new TypeError('boom ' + a.b)\n}\nf({ b: 3 })\nexport default {}\n",
      /agent\.ts:4:\d+: throws while it is loaded: boom 3\n {4}4 \| {3}throw new TypeError/,
    ],
    [
      'a request while loading',
      "const r = await fetch('https://example.com')\nexport default { fetch: () => r }\n",
      /agent\.ts.*: throws while it is loaded: .*fetch/,
    ],
  ])('%s', async (_, source, expected) => {
    const error = await failure(project({ 'agent.ts': source }))
    expect(error.code).toBe('ERR_BUILD_FAILED')
    expect(error.message).toMatch(/^Cannot build agent "hello": 1 problem\n/)
    expect(error.message).toMatch(expected)
  })

  test('lists every problem of the source at once', async () => {
    const source = "import 'nowhere'\nimport './nope.ts'\nexport default {}\n"
    const error = await failure(project({ 'agent.ts': source }))
    expect(error.message).toMatch(/: 2 problems\n/)
    expect(error.facts).toMatchObject({ agent: 'hello', line: 1, column: 8 })
  })

  test.each([
    [
      "import 'nowhere/deep'\nimport '@a/b/c'\nimport 'nowhere'\n",
      /^Run npm install nowhere @a\/b in /,
    ],
    ["import './nope.ts'\n", undefined],
    ["import '--global'\n", undefined],
    ["import '#inner'\n", undefined],
  ])('%j with the packages to install', async (imports, expected) => {
    const directory = project({
      'agent.ts': `${imports}export default {}\n`,
      'package.json': '{}',
    })
    const { hint } = await failure(directory)
    if (expected === undefined) expect(hint ?? '').not.toContain('npm install')
    else expect(hint).toMatch(new RegExp(`${expected.source}.*${basename(directory)}$`))
  })

  test('a part that an installed package does not have, with no package to install', async () => {
    const directory = project({ 'agent.ts': "import 'there/absent'\nexport default {}\n" })
    mkdirSync(join(directory, 'node_modules/there'), { recursive: true })
    writeFileSync(join(directory, 'node_modules/there/package.json'), '{ "exports": {} }')
    const error = await failure(directory)
    expect([error.message.includes('there/absent'), error.hint]).toEqual([true, undefined])
  })

  test('a source that is not there', async () => {
    const error = await failure(project({}))
    expect(error.message).toMatch(/no source file ".*agent\.ts"/)
  })

  test('a component that is not there', async () => {
    const error = await failure(project({}, { source: undefined, component: 'a.wasm' }))
    expect(error.message).toMatch(/no component ".*a\.wasm"/)
  })

  test('a folder without agent.json', async () => {
    expect(await failure(join(ROOT, 'nowhere'))).toMatchObject({ code: 'ERR_USAGE' })
  })

  test('a broken agent.json', async () => {
    const error = await failure(project({ 'agent.json': '{ "name": "x" "source": 1 }' }))
    expect(error.code).toBe('ERR_MANIFEST_INVALID')
    expect(error.message).toMatch(/agent\.json:1:15: expected a ","/)
  })

  test('a cache that cannot be written', async () => {
    const directory = project({ 'agent.ts': HELLO, file: '' })
    await expect(build(directory, join(directory, 'file'))).rejects.toMatchObject({
      code: 'ERR_HOST_UNAVAILABLE',
    })
  })

  test('an engine of another language', async () => {
    const directory = project({ 'agent.ts': HELLO })
    const options = { directory, cacheDirectory: CACHE, engine: 'assemblyscript' } as const
    await expect(buildAgent(options)).rejects.toMatchObject({ code: 'ERR_USAGE' })
  })
})
