/** The page of the operator on a host that runs: who opens it, what its token is good for, and the buttons. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AgentSummary, StopResult } from '../../control/index.ts'
import { controlSocket, startServer, type MayflyServer } from './index.ts'
import { agent, ask, LOOP, run, type Answer, type AskOptions } from './testing/components.ts'

const DEADLINE_MS = 30_000

let directory = ''
let server: MayflyServer
let page = ''
let token = ''

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-page-'))
  server = await startServer({
    agents: [
      await agent('loop', { deadlineMs: DEADLINE_MS }, { run: `${LOOP} unreachable` }),
      await agent('plain', {}),
    ],
    port: 0,
    controlPort: 'next',
    workers: 2,
    dataDirectory: directory,
    logLevel: 'silent',
  })
  expect(server.refused).toEqual([])
  page = server.controlUrl ?? ''
  token = await opened()
}, 120_000)

afterAll(async () => {
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

function codeOf(url = server.pageLink()?.url ?? ''): string {
  return new URL(url).hash.slice(1)
}

function trade(code: string, headers: Record<string, string> = {}): Promise<Answer> {
  const body = JSON.stringify({ code })
  return ask(`${page}/-/page/session`, { method: 'POST', body, headers })
}

async function opened(): Promise<string> {
  const answer = await trade(codeOf())
  expect(answer.status).toBe(201)
  return (answer.body as { token: string }).token
}

function change(path: string, options: AskOptions = {}): Promise<Answer> {
  return ask(page + path, { method: 'POST', token, ...options })
}

describe('the link', () => {
  it('is of the port after that of the agents, or of another where that is in use', async () => {
    expect(new URL(server.pageLink()?.url ?? '').origin).toBe(page)
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const used = (other.address() as { port: number }).port
    const second = await startServer({
      agents: [await agent('plain', {})],
      port: used - 1,
      controlPort: 'next',
      workers: 1,
      logLevel: 'silent',
    })
    try {
      expect(new URL(second.controlUrl ?? '').port).not.toBe(String(used))
    } finally {
      await second.close()
      other.close()
    }
  })

  it('opens the page once', async () => {
    const code = codeOf()
    expect((await trade(code)).status).toBe(201)
    expect((await trade(code)).status).toBe(401)
  })

  it('is opened by the page itself, and not by another', async () => {
    const code = codeOf()
    const refused = await trade(code, { origin: server.url, 'sec-fetch-site': 'same-site' })
    expect(refused.status).toBe(403)
    expect((await trade(code, { origin: page, 'sec-fetch-site': 'same-origin' })).status).toBe(201)
  })

  it.each(['', 'null', '{}', '{"code":7}', JSON.stringify({ code: 'x'.repeat(65) })])(
    'is no body %s',
    async (body) => {
      const path = `${page}/-/page/session`
      expect((await ask(path, { method: 'POST', body })).status).toBe(400)
    },
  )

  it('is made for the user of the host, and not for the page or a stranger', async () => {
    const socketPath = controlSocket(directory) ?? ''
    const made = await ask('http://localhost/-/page/links', { method: 'POST', socketPath })
    expect(made.status).toBe(201)
    expect((await trade(codeOf((made.body as { url: string }).url))).status).toBe(201)
    expect((await change('/-/page/links')).status).toBe(403)
    expect((await change('/-/page/links', { token: undefined })).status).toBe(401)
  })
})

describe('the port of the page', () => {
  it('tells a program without a token nothing of the agents', async () => {
    for (const path of ['/-/agents', '/-/tail', '/-/page/events', '/-/metrics', '/-/workers'])
      expect((await ask(page + path)).status).toBe(401)
    expect((await ask(`${page}/-/health`)).status).toBe(200)
  })

  it('answers to its address, and to no name that a website has made lead here', async () => {
    const { port } = new URL(page)
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, '10.0.0.1'])
      expect((await ask(page, { headers: { host } })).status).toBe(200)
    expect((await ask(page, { headers: { host: `rebound.example:${port}` } })).status).toBe(403)
  })
})

describe('the token of the page', () => {
  it('reads and stops, and does nothing else', async () => {
    expect((await ask(`${page}/-/agents`, { token })).status).toBe(200)
    expect((await ask(`${page}/-/workers`, { token })).body).toMatchObject({
      workers: [{ state: 'ready' }, { state: 'ready' }],
    })
    for (const path of ['/-/tokens', '/-/agents', '/-/agents/plain/rollback?allowNewCapabilities'])
      expect((await change(path, { body: '{}' })).status).toBe(403)
    const restore = JSON.stringify({ restore: ['*'] })
    expect((await change('/-/agents/plain/grants', { body: restore })).status).toBe(403)
  })

  it('holds for its own origin, and not at the port of the agents', async () => {
    const headers = { origin: server.url, 'sec-fetch-site': 'same-site' }
    expect((await change('/-/agents/plain/stop', { headers })).status).toBe(403)
    expect((await ask(`${page}/-/agents`, { token, headers })).status).toBe(403)
    expect((await ask(`${server.url}/-/agents`, { token })).status).toBe(401)
    expect((await ask(`${server.url}/-/page/session`, { method: 'POST' })).status).toBe(404)
    expect((await run(server, 'plain')).status).toBe(200)
  })

  it('ends, with the stream that it has opened', async () => {
    const other = await opened()
    const authorization = `Bearer ${other}`
    const stream = await fetch(`${page}/-/page/events`, { headers: { authorization } })
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    const ended = await ask(`${page}/-/page/session`, { method: 'DELETE', token: other })
    expect(ended.status).toBe(204)
    await stream.text()
    expect((await ask(`${page}/-/agents`, { token: other })).status).toBe(401)
  })
})

it('the page hears of requests, and of the state of the host', async () => {
  const headers = { authorization: `Bearer ${token}` }
  await run(server, 'plain')
  const left = new AbortController()
  const { body } = await fetch(`${page}/-/page/events`, { headers, signal: left.signal })
  const path = '/nothing/here'
  await ask(server.url + path)
  let told = ''
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    told += chunk
    if (told.includes(path) && told.includes('event: state')) break
  }
  left.abort()
  expect(told).toContain('"name":"plain"')
  expect(told).toContain('"residentBytes"')
})

describe('stop', () => {
  async function enable(...names: string[]): Promise<void> {
    for (const name of names) {
      const answer = await change(`/-/agents/${name}/enable`)
      expect(answer.status).toBe(200)
    }
  }

  it('of one agent ends its calls, and leaves the others', async () => {
    const call = run(server, 'loop')
    await running(1)
    const { status, body } = await change('/-/agents/loop/stop')
    expect([status, body]).toMatchObject([200, { agents: ['loop'], stopped: 1 }])
    expect((await call).status).toBeGreaterThanOrEqual(500)
    expect((await run(server, 'plain')).status).toBe(200)
    await enable('loop')
    expect((await change('/-/agents/none/stop')).status).toBe(404)
  })

  it('of all ends the calls that hold every worker, and refuses more until they are enabled', async () => {
    // Each comes by a connection of its own, so that both workers get some.
    const calls = Array.from({ length: 6 }, () => run(server, 'loop'))
    await running(6)
    const { body } = await change('/-/stop')
    const { agents, tookMs } = body as StopResult
    expect([agents.toSorted(), tookMs < 1_000]).toEqual([['loop', 'plain'], true])
    for (const { status } of await Promise.all(calls)) expect(status).toBeGreaterThanOrEqual(500)
    expect((await run(server, 'plain')).status).not.toBe(200)
    expect((await change('/-/stop')).body).toMatchObject({ agents: [], stopped: 0 })
    await enable('loop', 'plain')
    expect((await run(server, 'plain')).status).toBe(200)
  })

  /** Until so many calls of `loop` are under way. */
  async function running(count: number): Promise<void> {
    for (;;) {
      const { body } = await ask(`${page}/-/agents/loop`, { token })
      if ((body as AgentSummary).active === count) return
    }
  }
})
