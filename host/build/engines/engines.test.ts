/** Each engine with its real compiler. What all builds share is in `build-agent.test.ts`. @module */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { buildAgent, type BuildAgentOptions } from '../index.ts'

const ROOT = mkdtempSync(join(tmpdir(), 'mayfly-engines-'))
let folders = 0

// StarlingMonkey takes eight seconds on an idle machine.
vi.setConfig({ testTimeout: 120_000 })

afterAll(() => rmSync(ROOT, { recursive: true }))

function project(source: string, text: string, engine?: string): BuildAgentOptions {
  const directory = join(ROOT, `agent-${++folders}`)
  mkdirSync(directory)
  writeFileSync(join(directory, 'agent.json'), JSON.stringify({ name: 'hello', source, engine }))
  writeFileSync(join(directory, source), text)
  return { directory, cacheDirectory: join(ROOT, 'cache') }
}

async function failure(options: BuildAgentOptions): Promise<MayflyError> {
  try {
    await buildAgent(options)
  } catch (error) {
    if (error instanceof MayflyError) return error
    throw error
  }
  throw new Error('was built')
}

async function answer(options: BuildAgentOptions, request: Request): Promise<string> {
  const runtime = new Runtime()
  try {
    const agent = await runtime.load(await buildAgent(options))
    return await (await agent.fetch(request)).text()
  } finally {
    await runtime.close()
  }
}

describe('assemblyscript', () => {
  const HELLO = `import { Request, Response, serve } from 'mayfly/guest/assemblyscript'
serve((request: Request): Response => Response.text('hello ' + request.path))
`

  test('builds a component of a few kilobytes that answers', async () => {
    const options = project('agent.as.ts', HELLO)
    const { component, cached } = await buildAgent(options)
    expect(cached).toBe(false)
    expect(component.length).toBeLessThan(16_384)
    expect(await answer(options, new Request('http://x/there'))).toBe('hello /there')
  })

  test('lists every problem with its place', async () => {
    const options = project('agent.as.ts', `${HELLO}nope()\nconst x: i32 = 'a'\n`)
    const { code, message } = await failure(options)
    expect(code).toBe('ERR_BUILD_FAILED')
    expect(message).toMatch(/^Cannot build agent "hello": 2 problems\n/)
    expect(message).toMatch(/agent\.as\.ts:3:1: Cannot find name 'nope'\.\n {4}3 \| nope\(\)/)
    expect(message).toMatch(/agent\.as\.ts:4:16: Type .* is not assignable/)
  })

  test('refuses a file that is not there', async () => {
    const { message } = await failure(project('agent.as.ts', "import { x } from './nope'\nx()\n"))
    expect(message).toMatch(/agent\.as\.ts:1:19: File '.*nope.*' not found/)
  })
})

describe('quickjs', () => {
  const text = "export default { fetch: ({ url }) => new Response('hello ' + url) }"

  test('builds a component that answers', async () => {
    const options = project('agent.js', text)
    expect(await answer(options, new Request('http://x/there'))).toBe('hello http://x/there')
  })

  test('keeps one template for builds at the same time', async () => {
    const builds = [1, 2, 3].map((n) => project('agent.js', text.replace('hello', `hello ${n}`)))
    const made = await Promise.all(builds.map((options) => buildAgent(options)))
    expect(new Set(made.map(({ digest }) => digest)).size).toBe(3)
    expect(readdirSync(join(ROOT, 'cache', 'quickjs'))).toHaveLength(1)
  })
})

describe('componentize-qjs', () => {
  test('builds a component that answers', async () => {
    const text = "export default { fetch: ({ url }) => new Response('hello ' + url) }"
    const options = project('agent.js', text, 'componentize-qjs')
    expect(await answer(options, new Request('http://x/there'))).toBe('hello http://x/there')
  })

  test('shows where an agent throws while it is loaded', async () => {
    const text = "\nthrow new Error('boom')\nexport default {}\n"
    const { message } = await failure(project('agent.js', text, 'componentize-qjs'))
    expect(message).toMatch(/agent\.js:2:\d+: throws while it is loaded: boom\n {4}2 \| throw/)
  })
})

describe('starlingmonkey', () => {
  test('builds a component that answers', async () => {
    const text = `export default {
  async fetch(request) {
    await null
    return new Response('hello ' + new URL(request.url).pathname)
  },
}
`
    const options = project('agent.js', text, 'starlingmonkey')
    expect(await answer(options, new Request('http://x/there'))).toBe('hello /there')
  })

  test('shows where an agent throws while it is loaded', async () => {
    const options = project(
      'agent.js',
      "\nthrow new Error('boom')\nexport default {}\n",
      'starlingmonkey',
    )
    const { message } = await failure(options)
    expect(message).toMatch(/agent\.js:2:7: throws while it is loaded: boom\n {4}2 \| throw/)
  })
})
