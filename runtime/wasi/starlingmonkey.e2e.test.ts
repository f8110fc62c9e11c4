import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LogLine } from '../capabilities/log/index.ts'
import type { Agent, InvocationRecord } from '../agents/index.ts'
import { Runtime } from '../presets/index.ts'
import { HAS_PEERS } from '../testing/peers.ts'
import { fetchEventService } from './testing/starlingmonkey.ts'

// Building takes twenty seconds on an idle machine.
const BUILD_MS = 180_000
const ROUNDS = HAS_PEERS ? 1000 : 100

describe('a component of StarlingMonkey', () => {
  const lines: LogLine[] = []
  const records: InvocationRecord[] = []
  const runtime = new Runtime({
    drivers: {
      log: { write: (line) => void lines.push(line) },
      http: {
        name: 'test',
        fetch: async ({ method, url, headers }) => {
          const sent = [...headers.keys()].join(' ')
          return new Response(`${method} ${url}`, { headers: { 'x-sent': sent } })
        },
      },
    },
    onInvocation: (record) => void records.push(record),
  })
  let component: Uint8Array
  let agent: Agent

  beforeAll(async () => {
    component = await fetchEventService()
    agent = await runtime.load({
      component,
      manifest: {
        name: 'starling',
        capabilities: { http: [{ host: 'api.example.com' }] },
        // A hundred images of 13 MB at once are work for a machine that is busy.
        limits: { requestBodyBytes: 16_777_216, deadlineMs: 60_000 },
      },
    })
  }, BUILD_MS)

  afterAll(() => runtime.close())

  async function ask(path: string, init?: RequestInit): Promise<Response> {
    return agent.fetch(new Request(`http://host${path}`, init))
  }

  it('is refused without the grant of what it imports, with the line to add', async () => {
    await expect(runtime.load({ component, manifest: { name: 'closed' } })).rejects.toMatchObject({
      code: 'ERR_CAPABILITY_DENIED',
      hint: expect.stringContaining('"http"'),
    })
  })

  it('is stamped', () => {
    expect(agent.stats()).toMatchObject({ reset: 'pages', unstampable: [] })
  })

  it(
    'starts every request from the same state, one after the other',
    { timeout: 60_000 },
    async () => {
      for (let round = 0; round < ROUNDS; round++) expect(await (await ask('/')).text()).toBe('1')
      expect(lines.at(-1)).toMatchObject({ agent: 'starling', message: 'served /' })
    },
  )

  it('and a hundred at once', { timeout: 60_000 }, async () => {
    const asked = Array.from({ length: 100 }, async () => (await ask('/sleep?ms=50')).text())
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['1']))
  })

  it('streams a request to its response', async () => {
    const body = 'body '.repeat(200_000)
    const response = await ask('/echo', { method: 'POST', body })
    expect(await response.text()).toBe(body)
    expect(response.headers.get('x-served')).toBe('1')
    expect(await (await ask('/text', { method: 'POST', body: 'abc' })).text()).toBe('ABC')
  })

  it('streams what it makes over time', async () => {
    expect(await (await ask('/stream')).text()).toBe('line 0\nline 1\nline 2\n')
  })

  it('draws new random numbers in every request', async () => {
    const draws = await Promise.all(
      Array.from({ length: 5 }, async () => (await (await ask('/random')).json()) as unknown[]),
    )
    expect(new Set(draws.map(([number]) => number)).size).toBe(5)
    expect(new Set(draws.map(([, uuid]) => uuid)).size).toBe(5)
    expect(Math.abs(Number(draws[0]?.[2]) - Date.now())).toBeLessThan(5000)
  })

  it('passes requests on without what belongs to the connection they came on', async () => {
    const headers = {
      host: 'victim.internal',
      connection: 'keep-alive, x-hop',
      'keep-alive': 'timeout=5',
      te: 'trailers',
      expect: '100-continue',
      upgrade: 'h2c',
      'proxy-authorization': 'Basic eDp5',
      'x-hop': '1',
      'x-kept': '1',
    }
    const response = await ask('/proxy?url=https://api.example.com/a', { headers })
    expect([response.status, await response.text()]).toEqual([200, 'GET https://api.example.com/a'])
    expect(response.headers.get('x-sent')).toMatch(/\bx-kept\b/)
    expect(response.headers.get('x-sent')).not.toMatch(
      /host|connection|keep-alive|\bte\b|expect|upgrade|proxy|x-hop/,
    )
  })

  it('answers 502 for a status that ends no answer', async () => {
    expect((await ask('/status?status=204')).status).toBe(204)
    for (const status of [101, 103, 600])
      expect((await ask(`/status?status=${status}`)).status).toBe(502)
  })

  it('fetches what is granted, and nothing else', async () => {
    const granted = await ask('/fetch?url=https://api.example.com/a')
    expect(await granted.text()).toBe('GET https://api.example.com/a')
    expect((await ask('/fetch?url=https://other.example/')).status).toBe(502)
    expect(records.at(-1)?.events).toMatchObject([{ capability: 'http', outcome: 'denied' }])
  })

  it('answers 502 when it throws', async () => {
    expect((await ask('/throw')).status).toBe(502)
    expect(await (await ask('/')).text()).toBe('1')
  })
})
