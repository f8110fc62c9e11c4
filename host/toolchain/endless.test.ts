/** Agents with top-level code that never ends or takes all memory, built by each engine that runs it. @module */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { isMayflyError, type MayflyError } from '../../runtime/errors/index.ts'
import { withPeers } from '../../runtime/testing/peers.ts'
import { buildAgent, type BuildAgentOptions } from './index.ts'

const ROOT = mkdtempSync(join(tmpdir(), 'mayfly-endless-'))
const END = '\nexport default { fetch: () => new Response("x") }\n'
const TIMEOUT_MS = 500
let count = 0

vi.setConfig({ testTimeout: 120_000 })
afterAll(() => rmSync(ROOT, { recursive: true }))

function project(source: string, options: Partial<BuildAgentOptions> = {}): BuildAgentOptions {
  const directory = join(ROOT, `agent-${++count}`)
  mkdirSync(directory)
  writeFileSync(join(directory, 'agent.json'), JSON.stringify({ name: 'a', source: 'agent.ts' }))
  writeFileSync(join(directory, 'agent.ts'), source + END)
  return { directory, cacheDirectory: join(ROOT, 'cache'), timeoutMs: TIMEOUT_MS, ...options }
}

async function failure(options: BuildAgentOptions): Promise<MayflyError> {
  try {
    await buildAgent(options)
  } catch (error) {
    if (isMayflyError(error)) return error
    throw error
  }
  throw new Error('was built')
}

describe('buildAgent() ends and names the line of', () => {
  test.each<[what: string, source: string, line: number]>([
    ['a loop', 'const n = 1\n\nfor (;;) {}', 3],
    ['a loop that calls', 'let n = 0\ndo {\n  n += Math.sqrt(n)\n} while (true)', 3],
    ['a loop in a function', 'function f(n: number): void {\n  while (n < 9) n = 1\n}\nf(1)', 2],
    ['a loop in a method', 'class A {\n  m(): void {\n    for (;;) {}\n  }\n}\nnew A().m()', 3],
    [
      'a clock that stands still while building',
      'const end = Date.now() + 1\nwhile (Date.now() < end) {}',
      2,
    ],
    ['a loop that catches', 'for (;;) {\n  try {\n    for (;;) String(1)\n  } catch {}\n}', 3],
    ['a comparison of a sort', '[2, 1].sort(() => {\n  for (;;) {}\n})', 2],
    [
      'a function of the engine',
      '\n[].indexOf.call({ length: 2 ** 53 - 1 } as never, 1 as never)',
      2,
    ],
    ['another function of the engine', "\nnew Array(2 ** 32 - 1).join('')", 2],
    ['a regular expression', "\n/^(a+)+$/.test('a'.repeat(99) + 'b')", 2],
    [
      'promises one after the other',
      'const spin = async () => {\n  for (;;)\n    await null\n}\nawait spin()',
      3,
    ],
    [
      'a callback that makes the next',
      'const spin = (): void => {\n  void Promise.resolve().then(spin)\n}\nspin()',
      2,
    ],
  ])('%s', async (_, source, line) => {
    const { code, message, hint } = await failure(project(source))
    expect(code).toBe('ERR_BUILD_FAILED')
    expect(message).toMatch(/agent\.ts:\d+:\d+: still runs after 0\.5 s while it is loaded/)
    expect(/agent\.ts:(\d+):/.exec(message)?.[1]).toBe(String(line))
    expect(hint).toContain('--build-timeout SECONDS')
  })

  test('a loop behind one that ended, of which it cannot tell it', async () => {
    const ended = 'for (const x of [1]) String(x)\nlet n = 0\nfor (; n < 9; n++) {}\n'
    const { message } = await failure(project(`${ended}while (true) {}`))
    expect(message).toMatch(
      /agent\.ts:[13]:\d+: still runs .*, here or in a loop at line (3, )?4\n/,
    )
  })

  test('what is thrown and cannot be looked at', async () => {
    const { message } = await failure(project('throw { toString() {\n  for (;;) {}\n} }'))
    expect(message).toMatch(/agent\.ts: still runs after 0\.5 s/)
  })

  test.each<[what: string, source: string, line: number]>([
    ['arrays', 'const kept: unknown[] = []\nfor (;;) kept.push(new Array(1e6).fill(1))', 2],
    ['bytes', 'const kept: unknown[] = []\nfor (;;)\n  kept.push(new Uint8Array(1e6))', 3],
  ])('memory that is taken without end: %s', async (_, source, line) => {
    const { code, message } = await failure(project(source, { timeoutMs: 60_000 }))
    expect(code).toBe('ERR_BUILD_FAILED')
    expect(message).toMatch(/agent\.ts:\d+:\d+: throws while it is loaded: out of memory/)
    expect(/agent\.ts:(\d+):/.exec(message)?.[1]).toBe(String(line))
  })

  test('nesting that the engine has no stack for', async () => {
    const { code, message } = await failure(
      project("\nJSON.parse('['.repeat(1e6))", { timeoutMs: 60_000 }),
    )
    expect(code).toBe('ERR_BUILD_FAILED')
    expect(message).toMatch(/agent\.ts:2:\d+: throws while it is loaded: .*call stack/)
  })
})

describe('buildAgent() beside an agent that loops', () => {
  test('leaves this thread free, builds others, and ends at a signal', async () => {
    const ending = new AbortController()
    const looping = buildAgent(
      project('for (;;) {}', { timeoutMs: 600_000, signal: ending.signal }),
    )
    const ended = expect(looping).rejects.toThrow('enough')
    // Built in this process meanwhile, with its messages taken.
    const { cached } = await buildAgent(project('console.log("other")'))
    expect(cached).toBe(false)
    ending.abort(new Error('enough'))
    await ended
    await expect(
      buildAgent(project('', { signal: AbortSignal.abort(new Error('before')) })),
    ).rejects.toThrow('before')
    expect((await buildAgent(project('console.log("another")'))).cached).toBe(false)
  })

  test('builds as many as come while all its builders loop', async () => {
    const loops = Array.from({ length: 6 }, () => failure(project('for (;;) {}')))
    const { cached } = await buildAgent(project('console.log("last")'))
    expect(cached).toBe(false)
    for (const { message } of await Promise.all(loops)) expect(message).toMatch(/:1:1: still runs/)
  })
})

describe('buildAgent() with an engine that cannot tell ends', () => {
  test.each(['componentize-qjs', ...withPeers('starlingmonkey' as const)] as const)(
    'a loop on %s',
    async (engine) => {
      const { code, message, hint } = await failure(
        project('for (;;) {}', { engine, timeoutMs: 3000 }),
      )
      expect(code).toBe('ERR_BUILD_FAILED')
      expect(message).toMatch(/agent\.ts: does not build within 3 s with engine/)
      expect(hint).toContain('--build-timeout SECONDS')
    },
  )
})
