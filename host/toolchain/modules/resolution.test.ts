/** Which file an import leads to, what it is read as, and when a built agent is out of date. @module */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Runtime } from '../../../runtime/presets/index.ts'
import { buildAgent } from '../index.ts'

const ROOT = mkdtempSync(join(tmpdir(), 'mayfly-resolution-'))
const runtime = new Runtime()
let projects = 0

afterAll(async () => {
  await runtime.close()
  rmSync(ROOT, { recursive: true })
})

type Files = Readonly<Record<string, string>>

function write(directory: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), content)
  }
}

function project(files: Files, manifest: object = {}): string {
  const directory = join(ROOT, `agent-${++projects}`)
  const described = { name: 'a', source: 'agent.ts', ...manifest }
  write(directory, { 'package.json': '{}', 'agent.json': JSON.stringify(described), ...files })
  return directory
}

/** The files of a package `name`. */
function packageOf(name: string, description: object, files: Files): Files {
  const all = {
    'package.json': JSON.stringify({ name, version: '1.0.0', ...description }),
    ...files,
  }
  return Object.fromEntries(
    Object.entries(all).map(([file, text]) => [`node_modules/${name}/${file}`, text]),
  )
}

async function build(directory: string): ReturnType<typeof buildAgent> {
  return buildAgent({ directory, cacheDirectory: join(ROOT, 'cache') })
}

/** What an agent answers that returns `expression` as JSON, in which `lines` may be used. */
async function answer(
  lines: string,
  expression: string,
  files: Files,
  manifest?: object,
): Promise<unknown> {
  const source = `${lines}\nexport default { fetch: async () => Response.json(${expression}) }\n`
  const agent = await runtime.load(await build(project({ 'agent.ts': source, ...files }, manifest)))
  return (await agent.fetch(new Request('http://a/'))).json()
}

describe('an import of a package', () => {
  test('leads to its build for the web, by field, by map and by condition', async () => {
    const files = {
      ...packageOf(
        'field',
        { main: 'node.js', browser: 'web.js' },
        { 'node.js': "require('net').connect()", 'web.js': "module.exports = 'web'" },
      ),
      ...packageOf(
        'map',
        { main: 'main.js', browser: { './inner.js': './web.js', fs: false } },
        {
          'main.js': "module.exports = [require('./inner.js'), Object.keys(require('fs'))]",
          'inner.js': "module.exports = 'node'",
          'web.js': "module.exports = 'web'",
        },
      ),
      ...packageOf(
        'condition',
        { exports: { node: './node.js', browser: './web.js' } },
        { 'node.js': "module.exports = 'node'", 'web.js': "module.exports = 'web'" },
      ),
      ...packageOf(
        'order',
        { exports: { node: './node.js', workerd: './worker.js', browser: './web.js' } },
        { 'worker.js': "module.exports = 'worker'" },
      ),
    }
    const lines =
      "import field from 'field'\nimport map from 'map'\nimport condition from 'condition'\nimport order from 'order'"
    expect(await answer(lines, '[field, map, condition, order]', files)).toEqual([
      'web',
      ['web', []],
      'web',
      'worker',
    ])
  })

  test('leads to the other build of one that parses by the page', async () => {
    const files = {
      ...packageOf(
        'html',
        { main: 'main.js', browser: { './main.js': './page.js', parser: false } },
        {
          'main.js': "module.exports = require('parser').parse",
          'page.js': 'module.exports = () => document.implementation.createHTMLDocument()',
        },
      ),
      ...packageOf('parser', {}, { 'index.js': "exports.parse = () => 'parsed'" }),
    }
    expect(await answer("import parse from 'html'", 'parse()', files)).toBe('parsed')
  })
})

describe('a module of Node that an agent does not have', () => {
  const files = packageOf(
    'dep',
    { main: 'dep.js' },
    {
      'dep.js': `let hash = 'web'
try { hash = require('child_process').fork } catch (error) { hash += ' ' + error.code }
const fs = require('fs')
class Connection extends require('net').Socket {}
exports.hash = hash
exports.read = (name) => fs.promises.readFile(name)
exports.connect = () => new Connection()
exports.later = () => import('node:vm').then((vm) => vm.runInThisContext('1'))`,
    },
  )
  const lines = `import * as dep from 'dep'
import { readFileSync as read } from 'node:fs'
const tried = (run) => Promise.resolve().then(run).catch((error) => error.message)`

  test('may be imported, and asked for in a try', async () => {
    expect(await answer(lines, '[dep.hash, typeof dep.read, typeof read]', files)).toEqual([
      'web MODULE_NOT_FOUND',
      'function',
      'function',
    ])
  })

  test('is an error where it is used, with the package, the file, the line and the remedy', async () => {
    const uses = '[() => dep.read("x"), dep.connect, dep.later, () => read("x")]'
    expect(await answer(lines, `await Promise.all(${uses}.map(tried))`, files)).toEqual([
      'Cannot use "fs.promises.readFile" in package "dep" (node_modules/dep/dep.js:3): an agent runs without Node.js. Keep data with env.kv, or import a file: import text from "./file.txt"',
      'Cannot use "net.Socket" in package "dep" (node_modules/dep/dep.js:4): an agent runs without Node.js. Use fetch',
      `Cannot find module 'node:vm', which package "dep" (node_modules/dep/dep.js:8) asks for`,
      expect.stringContaining('Cannot use "node:fs.readFileSync" in agent.ts:2: '),
    ])
  })
})

describe('files', () => {
  test('are read by their ending, by a query and by a type', async () => {
    const lines = `import note from './note.txt'
import code from './code.js?raw'
import bytes from './code.js?bytes'
import text from './data.json' with { type: 'text' }
import data from './data.json'
import wasm from './empty.wasm'
import { Page } from './page.tsx'`
    const files = {
      'note.txt': 'a note',
      'code.js': 'throw 1',
      'data.json': '{ "a": 1 }',
      'empty.wasm': '\0asm',
      'page.tsx':
        '/** @jsx made */\nconst made = (name: string) => name\nexport const Page = () => <p />',
    }
    const all = '[note, code, bytes.length, text, data, [...wasm], Page()]'
    expect(await answer(lines, all, files)).toEqual([
      'a note',
      'throw 1',
      7,
      '{ "a": 1 }',
      { a: 1 },
      [0, 97, 115, 109],
      'p',
    ])
  })

  test('of WebAssembly have their exports, each an error where it is used', async () => {
    // Exports the function `f`.
    const wasm = String.fromCharCode(
      ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0],
      ...[7, 5, 1, 1, 102, 0, 0, 10, 4, 1, 2, 0, 11],
    )
    const lines = `import bytes, { f } from './f.wasm'\nimport * as all from './f.wasm'`
    const used =
      '[bytes.length, Object.keys(all), (() => { try { f() } catch (error) { return error.message } })()]'
    expect(await answer(lines, used, { 'f.wasm': wasm })).toEqual([
      wasm.length,
      ['default', 'f'],
      expect.stringMatching(/^Cannot use "f" in f\.wasm: an agent runs no WebAssembly of its own/),
    ])
  })

  test.each(['?raw', '?bytes', ''])('outside of the root are not read as "%s"', async (query) => {
    write(ROOT, { 'outside.txt': 'secret' })
    const lines = `import text from '../outside.txt${query}'`
    await expect(answer(lines, 'text', {})).rejects.toThrow(
      /Cannot read ".*outside\.txt": outside of the root/,
    )
  })
})

describe('build of agent.json', () => {
  test('adds conditions, puts modules in place of others, names values and kinds, and leaves packages out', async () => {
    const files = {
      ...packageOf(
        'dep',
        { exports: { special: './special.js', default: './plain.js' } },
        { 'special.js': "module.exports = 'special'", 'plain.js': "module.exports = 'plain'" },
      ),
      'own.ts': "export default 'own'",
      'query.graphql': '{ a }',
    }
    const build = {
      conditions: ['special'],
      alias: { replaced: './own.ts' },
      define: { VERSION: '1.2', 'limits.max': [1, 2] },
      external: ['heavy'],
      loader: { '.graphql': 'text' },
    }
    const lines = `import dep from 'dep'
import replaced from 'replaced'
import query from './query.graphql'
import { make } from 'heavy/inner'
const tried = (run) => { try { return run() } catch (error) { return error.message } }`
    const all = '[dep, replaced, VERSION, limits.max, query, tried(make)]'
    expect(await answer(lines, all, files, { build })).toEqual([
      'special',
      'own',
      '1.2',
      [1, 2],
      '{ a }',
      expect.stringMatching(/^Cannot use "heavy\/inner\.make" in agent\.ts:4: .*"build\.external"/),
    ])
  })

  test('does not widen the root', async () => {
    write(ROOT, { 'outside.txt': 'secret' })
    const build = { alias: { text: '../outside.txt' } }
    await expect(answer("import text from 'text'", 'text', {}, { build })).rejects.toThrow(
      /outside of the root/,
    )
  })
})

describe('a built agent is out of date', () => {
  test('when a file appears that its import finds first, and when that is gone', async () => {
    const directory = project({
      'agent.ts':
        "import { n } from './part'\nimport { m } from 'pack'\nexport default () => n + m",
      'part.js': 'export const n = 1',
      ...packageOf('pack', { main: 'p.js' }, { 'p.js': 'export const m = 1' }),
    })
    const inputs = new Set<string>()
    const onInputs = (paths: readonly string[]): void => paths.forEach((path) => inputs.add(path))
    const again = () => buildAgent({ directory, cacheDirectory: join(ROOT, 'cache'), onInputs })
    const first = await again()
    expect((await again()).cached).toBe(true)
    for (const name of ['agent.json', 'agent.ts', 'part.js', 'part.ts', 'package.json'])
      expect(inputs).toContain(join(directory, name))
    write(directory, { 'part.ts': 'export const n = 2' })
    expect((await again()).digest).not.toBe(first.digest)
    rmSync(join(directory, 'part.ts'))
    expect((await again()).digest).toBe(first.digest)
  })

  test('as one that fails: it says which files would mend it', async () => {
    const directory = project({
      'agent.ts': "import './part.js'\nimport 'pack/x'\nexport default () => new Response('')",
    })
    const inputs = new Set<string>()
    const onInputs = (paths: readonly string[]): void => paths.forEach((path) => inputs.add(path))
    await expect(buildAgent({ directory, onInputs })).rejects.toThrow('2 problems')
    for (const name of ['agent.ts', 'tsconfig.json', 'part.js', 'part.ts', 'part.js/index.ts'])
      expect(inputs).toContain(join(directory, name))
    expect(inputs).toContain(join(directory, 'node_modules/pack/package.json'))
  })

  const source = `import { where } from 'dep'
class A { x = 1 }
class B extends A { constructor() { super(); this.y = where } }
export default { fetch: () => new Response(JSON.stringify(new B())) }\n`
  const description = (main: string): Files =>
    packageOf(
      'dep',
      { main },
      { 'one.js': "exports.where = 'one'", 'two.js': "exports.where = 'two'" },
    )

  test('when package.json of a package says otherwise', async () => {
    const directory = project({ 'agent.ts': source, ...description('one.js') })
    const { digest } = await build(directory)
    expect((await build(directory)).cached).toBe(true)
    write(directory, description('two.js'))
    const again = await build(directory)
    expect(again.cached).toBe(false)
    expect(again.digest).not.toBe(digest)
  })

  test('when a tsconfig.json appears, when it changes, and when that changes which it extends', async () => {
    const jsx = 'export const made = <b />\nexport default { fetch: () => new Response(made) }\n'
    const factory = (name: string): string =>
      JSON.stringify({ compilerOptions: { jsx: 'react', jsxFactory: name } })
    const directory = project(
      {
        'agent.tsx': `const one = (n) => n + 1, two = (n) => n + 2, React = { createElement: one }\n${jsx}`,
      },
      { source: 'agent.tsx' },
    )
    await build(directory)
    expect((await build(directory)).cached).toBe(true)
    for (const files of [
      { 'tsconfig.json': factory('two') },
      { 'base.json': factory('one'), 'tsconfig.json': '{ "extends": "./base.json" }' },
      { 'base.json': factory('two').replace('react"', 'react", "strict": true') },
    ] satisfies Files[]) {
      write(directory, files)
      const { cached, digest } = await build(directory)
      // The last is the same code as the first, found by its content.
      expect([cached, (await build(directory)).digest]).toEqual([
        files['base.json']?.includes('strict') === true,
        digest,
      ])
    }
  })

  test('when "build" of its agent.json changes', async () => {
    const directory = project({
      'agent.ts': 'export default { fetch: () => new Response(String(N)) }\n',
    })
    const manifest = (value: number): Files => ({
      'agent.json': JSON.stringify({
        name: 'a',
        source: 'agent.ts',
        build: { define: { N: value } },
      }),
    })
    write(directory, manifest(1))
    const { digest } = await build(directory)
    write(directory, manifest(2))
    expect((await build(directory)).digest).not.toBe(digest)
  })
})
