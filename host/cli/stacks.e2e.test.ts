/** Stacks of agents name files and lines of their source, wherever their author sees them. @module */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { mayfly, serving, writeFiles, type Serving } from './testing/mayfly-process.ts'

const AGENT = `import { call } from 'x'
import { deep } from './lib/deep.ts'

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url)
    const store = env.kv.open('notes')
    if (pathname === '/go') await store.set('go', 'x')
    if (pathname === '/wait') {
      while (!(await store.get('go'))) await new Promise((done) => setTimeout(done, 100))
      throw new Error('waited')
    }
    if (pathname === '/log') console.error('caught', new Error('logged'))
    if (pathname === '/lost') void Promise.reject(new Error('lost'))
    if (pathname === '/timer') {
      setTimeout(() => {
        throw new Error('in timer')
      }, 1)
    }
    if (pathname === '/many') {
      const cyclic = new Error('cyclic')
      cyclic.cause = cyclic
      throw new AggregateError([new RangeError('one', { cause: cyclic })], 'many')
    }
    if (pathname === '/') return call(() => deep({ a: 1 }))
    await new Promise((done) => setTimeout(done, 5))
    return new Response(new Error('own').stack)
  },
}
type Env = { kv: { open(name: string): { get(key: string): Promise<unknown>; set(key: string, value: string): Promise<void> } } }
`
const FILES = {
  'agent.json': {
    name: 'boom',
    source: 'agent.ts',
    capabilities: { kv: { notes: { access: 'write' } } },
    limits: { deadlineMs: 120_000, kvOperations: 10_000 },
  },
  'agent.ts': AGENT,
  'lib/deep.ts': `interface Thing { readonly a: number }

export function deep(thing: Thing): never {
  throw new TypeError(\`deep \${thing.a}\`)
}
`,
  'node_modules/x/package.json': { name: 'x', version: '1.0.0', type: 'module', main: 'y.js' },
  'node_modules/x/y.js': '// A package.\nexport function call(f) {\n  return f()\n}\n',
}

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-stacks-'))
  writeFiles(join(folder, 'boom'), FILES)
  writeFiles(join(folder, 'other'), {
    'agent.json': { name: 'other', source: 'src/main.js' },
    'src/main.js': "\n\nexport default () => {\n  throw new Error('deployed')\n}\n",
  })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('mayfly dev', { timeout: 240_000 }, () => {
  let host: Serving

  beforeAll(async () => {
    const data = ['--data', join(folder, 'data')]
    host = await serving(['dev', join(folder, 'boom'), '--port', '0', ...data], { cwd: folder })
  }, 240_000)

  afterAll(() => host[Symbol.asyncDispose]())

  async function ask(path: string): Promise<string> {
    const text = await (await fetch(`${host.url}/${path}`)).text()
    return text.startsWith('{"error"') ? (JSON.parse(text) as { detail: string }).detail : text
  }

  async function logged(part: string): Promise<string> {
    const lines = (): string | undefined =>
      host
        .output()
        .split('\n')
        .findLast((line) => line.includes(part) && line.startsWith('{'))
    await vi.waitUntil(() => lines() !== undefined, { timeout: 20_000 })
    return (JSON.parse(lines() ?? '') as { msg: string }).msg
  }

  it('answers 500 with the stack in files of the source, of packages too, and logs it', async () => {
    const stack = [
      'Agent "boom" failed: TypeError: deep 1',
      '    at deep (lib/deep.ts:4:',
      '    at <anonymous> (agent.ts:25:',
      '    at call (node_modules/x/y.js:3:',
      '    at fetch (agent.ts:25:',
    ]
    const withoutColumns = (text: string): string[] =>
      text.split('\n').map((line) => line.replace(/\d+\)$/, ''))
    expect(withoutColumns(await ask('boom/'))).toEqual(stack)
    expect(withoutColumns(await logged('deep 1'))).toEqual(stack)
    expect(host.output()).not.toContain('agent.js:')
  })

  it.each([
    ['log', 'logged', /^caught Error: logged\n {4}at fetch \(agent\.ts:13:\d+\)$/],
    ['lost', 'Error: lost', /^Uncaught \(in promise\) Error: lost\n {4}at fetch \(agent\.ts:14:/],
    ['timer', 'in timer', /^Uncaught Error: in timer\n {4}at <anonymous> \(agent\.ts:17:/],
    [
      'many',
      'AggregateError',
      /many\n {4}at fetch \(agent\.ts:23:\d+\) \{ \[errors\]: \[ RangeErr/,
    ],
    [
      'many',
      'cyclic',
      /\[cause\]: <ref \*1> Error: cyclic\n {4}at fetch \(agent\.ts:21:.*Circular/,
    ],
  ])('logs what /%s throws with its place', async (path, part, expected) => {
    await ask(`boom/${path}`)
    expect(await logged(part)).toMatch(expected)
  })

  it('gives the agent its own view: places in the bundle, and no path of the host', async () => {
    const seen = await ask('boom/own')
    expect(seen).toMatch(/agent\.js:\d+:\d+/)
    expect(seen).not.toContain(folder)
  })

  it('names lines of the version that threw, and those of the newest from then on', async () => {
    const waiting = ask('boom/wait')
    await ask('boom/own')
    writeFileSync(join(folder, 'boom', 'agent.ts'), `// One.\n// Two.\n${AGENT}`)
    // Only comments are new: the same component, and lines elsewhere.
    await vi.waitUntil(() => host.output().includes('rebuilt in'), { timeout: 60_000 })
    expect(await ask('boom/')).toContain('agent.ts:27:')
    const changed = AGENT.replace("throw new Error('waited')", "\n\n\nthrow new Error('later')")
    writeFileSync(join(folder, 'boom', 'agent.ts'), changed)
    await vi.waitUntil(() => host.output().split('rebuilt in').length > 2, { timeout: 60_000 })
    await ask('boom/go')
    expect(await waiting).toMatch(/waited\n {4}at fetch \(agent\.ts:13:/)
    expect(await ask('boom/wait')).toMatch(/later\n {4}at fetch \(agent\.ts:14:/)
  })

  it('names lines of an agent that was deployed to the running host', async () => {
    const data = ['--data', join(folder, 'data')]
    const deployed = await mayfly(['control', 'deploy', join(folder, 'other'), ...data])
    expect(deployed).toMatchObject({ code: 0 })
    expect(await ask('other')).toContain('main.js:4:')
    expect(await logged('deployed')).toMatch(/Error: deployed\n {4}at .*\(main\.js:4:/)
  })
})

describe('mayfly call', { timeout: 120_000 }, () => {
  it('prints the stack of a failure with places in the source', async () => {
    const { code, stderr } = await mayfly(['call', join(folder, 'other'), '/'], { cwd: folder })
    expect([code, stderr]).toEqual([1, expect.stringContaining('(main.js:4:')])
  })

  it('names file, line, column and text of top-level code that throws', async () => {
    const files = { 'agent.json': { name: 'top', source: 'agent.js' } }
    const source = "\nconst limit = missing('LIMIT')\nexport default () => new Response(limit)\n"
    const path = writeFiles(join(folder, 'top'), { ...files, 'agent.js': source })
    const { code, stderr } = await mayfly(['call', path, '/'], { cwd: folder })
    expect(code).toBe(1)
    expect(stderr).toMatch(/top\/agent\.js:2:\d+: throws while it is loaded: .*missing/)
    expect(stderr).toContain("const limit = missing('LIMIT')")
    writeFiles(path, { 'agent.js': 'export default () => {\n  const = 1\n}\n' })
    expect((await mayfly(['call', path, '/'], { cwd: folder })).stderr).toContain('top/agent.js:2:')
  })
})
