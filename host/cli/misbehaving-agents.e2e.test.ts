/** Faults of agents stay contained: the client gets a status and a request id, and the next request works. @module */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serving, writeFiles, type Serving } from './testing/mayfly-process.ts'

const SECRET = 'a secret of the guest'
// Far above the time of a request on a busy machine, so that only agents that must be stopped reach it.
const DEADLINE_MS = 1000

const SCRIPT = `
  const hoard = []
  let calls = 0
  const encoder = new TextEncoder()
  const later = () => new Promise((resolve) => setTimeout(resolve, 20))
  const brokenStream = (end) => new Response(new ReadableStream({
    async start(controller) {
      controller.enqueue(encoder.encode('first'))
      await later()
      end()
    },
  }))
  const routes = {
    '/': () => new Response('call ' + ++calls),
    '/throw': () => { throw new Error('${SECRET}') },
    '/reject': () => Promise.reject(new Error('${SECRET}')),
    '/throw-nothing': () => { throw undefined },
    '/recurse': () => { const down = () => down() + 1; return new Response(down()) },
    '/recurse-caught': () => {
      const down = () => { try { return down() } catch { return down() } }
      return new Response(down())
    },
    '/hoard': () => { for (;;) hoard.push(new Uint8Array(1 << 20).fill(1)) },
    '/double': () => { for (let text = 'x'; ; ) text += text + '.' },
    '/loop': () => { for (;;); },
    '/loop-async': async () => { for (;;) await null },
    '/loop-regexp': () => new Response(/^(a+)+$/.test('a'.repeat(40) + 'b')),
    '/wait': () => new Promise(() => setInterval(() => {}, 10)),
    '/never': () => new Promise(() => {}),
    '/nothing': () => undefined,
    '/huge': () => new Response('x'.repeat(2_000_000)),
    '/split-header': () => new Response('', { headers: { 'x-a': 'b\\r\\nx-c: d' } }),
    '/broken-stream': () => brokenStream(() => { throw new Error('${SECRET}') }),
    '/endless-stream': () => brokenStream(() => { for (;;); }),
  }
  export default { fetch: (request) => routes[new URL(request.url).pathname]() }
`

const COMPILED = `
  import { Request, Response, serve } from 'mayfly/guest/assemblyscript'
  let calls: i32 = 0
  function down(depth: i32): i32 { return depth < 0 ? 0 : down(depth + 1) + 1 }
  serve((request: Request): Response => {
    const url = request.url
    if (url.endsWith('/unreachable')) unreachable()
    if (url.endsWith('/out-of-bounds')) store<i32>(-4, 1)
    if (url.endsWith('/divide')) return Response.text((1 / calls).toString())
    if (url.endsWith('/recurse')) return Response.text(down(0).toString())
    if (url.endsWith('/grow')) { while (memory.grow(16) != -1) {} unreachable() }
    if (url.endsWith('/loop')) while (true) {}
    return Response.text('call ' + (++calls).toString())
  })
`

let folder = ''
let host: Serving

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-misbehaving-'))
  const limits = { deadlineMs: DEADLINE_MS, requestBodyBytes: 1000, responseBodyBytes: 1_000_000 }
  writeFiles(folder, {
    'script/agent.json': { name: 'script', source: 'agent.ts', limits },
    'script/agent.ts': SCRIPT,
    'compiled/agent.json': { name: 'compiled', source: 'agent.as.ts', limits },
    'compiled/agent.as.ts': COMPILED,
  })
  host = await serving(['start', folder, '--port', '0', '--workers', '1'], { cwd: folder })
}, 120_000)

afterAll(async () => {
  await host?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const CASES: readonly [agent: string, path: string, status: 500 | 504][] = [
  ['script', '/throw', 500],
  ['script', '/reject', 500],
  ['script', '/throw-nothing', 500],
  ['script', '/recurse', 500],
  ['script', '/recurse-caught', 504],
  ['script', '/hoard', 500],
  ['script', '/double', 500],
  ['script', '/loop', 504],
  ['script', '/loop-async', 504],
  ['script', '/loop-regexp', 504],
  ['script', '/wait', 504],
  ['script', '/never', 500],
  ['script', '/nothing', 500],
  ['script', '/huge', 500],
  ['script', '/split-header', 500],
  ['compiled', '/unreachable', 500],
  ['compiled', '/out-of-bounds', 500],
  ['compiled', '/divide', 500],
  ['compiled', '/recurse', 500],
  ['compiled', '/grow', 500],
  ['compiled', '/loop', 504],
]

describe('an agent that misbehaves', () => {
  it.each(CASES)(
    '%s%s is answered with %d and harms no other agent',
    async (agent, path, status) => {
      const response = await fetch(`${host.url}/${agent}${path}`)
      const id = response.headers.get('x-request-id')
      const error = status === 504 ? 'deadline exceeded' : 'agent failed'
      expect([response.status, await response.json()]).toEqual([status, { error, requestId: id }])
      expect(id).toMatch(/^[\w-]{8,}$/)
      // Under that id the operator finds the details that the client did not get.
      await expect
        .poll(() => host.output())
        .toMatch(new RegExp(`"event":"invocation","agent":"${agent}","id":"${id}"`))
      for (const next of ['script', 'compiled']) {
        expect(await (await fetch(`${host.url}/${next}/`)).text()).toBe('call 1')
      }
    },
  )

  it.each(['/broken-stream', '/endless-stream'])(
    'script%s breaks off, so that no client takes a half for the whole',
    async (path) => {
      const response = await fetch(`${host.url}/script${path}`)
      const chunks: string[] = []
      await expect(
        (async () => {
          for await (const chunk of response.body ?? []) chunks.push(Buffer.from(chunk).toString())
        })(),
      ).rejects.toThrow('terminated')
      expect(chunks).toEqual(['first'])
    },
  )

  it('is still the same process, and all it wrote is lines of JSON', async () => {
    process.kill(host.pid, 0)
    const health = await (await fetch(`${host.url}/-/health`)).json()
    expect(health).toMatchObject({ status: 'ok', workers: { ready: 1, wanted: 1 } })
    expect(host.output()).not.toContain('"event":"watchdog"')
    const lines = host.output().split('\n')
    const log = lines.slice(lines.findIndex((line) => line.startsWith('{'))).slice(0, -1)
    for (const line of log) expect(() => void JSON.parse(line), line).not.toThrow()
    expect(await host.stop()).toBe(0)
  })
})
