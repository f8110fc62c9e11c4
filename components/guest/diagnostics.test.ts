/** Faults of agents as their author meets them: what is logged, and what is thrown, compared with Node. @module */
import { join } from 'node:path'
import { inspect } from 'node:util'
import { beforeAll, expect, it } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'
import { VALUES } from './fixture/diagnostics/values.ts'
import { sharedCode } from '../../runtime/testing/shared-code.ts'

const lines: string[] = []
let get: (path: string) => Promise<Response>

beforeAll(async () => {
  const directory = join(import.meta.dirname, 'fixture', 'diagnostics')
  const log = { write: ({ message }: { message: string }) => void lines.push(message) }
  const agent = await new Runtime({ codeStore: sharedCode, drivers: { log } }).load(
    await buildAgent({ directory }),
  )
  get = (path) => agent.fetch(new Request(`http://x${path}`))
}, 240_000)

it('agents throw, and do not trap, where Node throws or answers', async () => {
  const results = (await (await get('/')).json()) as Record<string, unknown>
  const [first, second] = results['atTop'] as [number, number]
  expect(first >= 0 && first < 1 && first !== second).toBe(true)
  expect({ ...results, atTop: undefined }).toEqual({
    atTop: undefined,
    names: ['Headers', 'Request', 'Response', 'URL', 'Blob', 'AbortSignal', 'WeakRef'],
    v: [true, true, false],
    vClass: 'SyntaxError',
    spread: 99_999,
    parse: 'RangeError',
    parseLess: 2000,
    flat: 'RangeError',
    stringify: 'RangeError',
    weak: 'object',
    stack: 'TypeError: why',
    negative: 'TypeError',
    wraps: 'soon',
  })
})

it('console.log() shows values as Node does, on one line, and runs no getter', async () => {
  lines.length = 0
  await get('/show')
  const expected = Object.values(VALUES).map((value) => inspect(value, { breakLength: Infinity }))
  expect(lines).toEqual(expected.map((text) => text.replaceAll(/\n\s*/g, ' ')))
})

it('a rejection that nothing handles is logged once, with its stack', async () => {
  lines.length = 0
  await get('/lost')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^Uncaught \(in promise\) Error: lost\n {4}at /)
})

it('kv stores the bytes of typed arrays, and says why it refuses others', async () => {
  expect(await (await get('/kv')).json()).toEqual([
    [1, 0, 2, 1],
    expect.stringContaining('Cannot store a Blob: '),
    expect.stringContaining('Cannot store a Map: '),
    expect.stringContaining('Cannot store a ReadableStream: '),
    expect.stringContaining('malformed, a key is empty'),
  ])
})
