/** Exported functions for clients of MCP: over HTTP, over `control.sock`, and by `mayfly mcp`. @module */

import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { controlSocket, startServer, type MayflyServer } from './index.ts'
import { toolsAgent, toolsComponent } from './testing/tools.ts'

const LAUNCHER = fileURLToPath(new URL('../../cli/mayfly.js', import.meta.url))
const TOKEN = 'let-me-in'
const NAMES = ['test_add', 'test_error_handling', 'test_simple_text', 'test_spin']

let folder = ''
let data = ''
let server: MayflyServer

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-mcp-'))
  data = join(folder, 'data')
  const agents = [await toolsAgent()]
  const options = { port: 0, workers: 1, logLevel: 'silent', controlToken: TOKEN } as const
  server = await startServer({ agents, dataDirectory: data, ...options })
}, 60_000)

afterAll(async () => {
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A message of the revisions before 2026-07-28, which say least. */
function message(method: string, params: object = {}): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
}

function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/-/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body,
  })
}

/** The message in an answer, which may be a stream of one event. */
async function resultOf(answer: Response): Promise<Record<string, unknown>> {
  const text = await answer.text()
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text).result
}

async function active(): Promise<number> {
  const headers = { authorization: `Bearer ${TOKEN}` }
  const answer = await fetch(`${server.url}/-/agents/test`, { headers })
  return (await answer.json()).active
}

describe('/-/mcp', () => {
  it('has the functions of agents as tools', async () => {
    const listed = await resultOf(await post(message('tools/list')))
    expect((listed['tools'] as { name: string }[]).map(({ name }) => name)).toEqual(NAMES)
    const params = { name: 'test_add', arguments: { left: 40, right: 2 } }
    expect(await resultOf(await post(message('tools/call', params)))).toMatchObject({
      // Older clients know objects only.
      structuredContent: { result: 42 },
    })
  })

  it.for<[number, string, Record<string, string>]>([
    [401, 'POST', { authorization: 'Bearer unknown' }],
    [405, 'GET', { authorization: `Bearer ${TOKEN}` }],
    [405, 'DELETE', { authorization: `Bearer ${TOKEN}` }],
  ])('answers %i to a %s with %j', async ([status, method, headers]) => {
    const answer = await fetch(`${server.url}/-/mcp`, { method, headers })
    expect(answer.status).toBe(status)
  })

  it('stops the guest of a client that leaves', async () => {
    const leaving = new AbortController()
    const answer = fetch(`${server.url}/-/functions/test/acme:test%2Ftools%23spin`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
      signal: leaving.signal,
    })
    await expect.poll(active).toBe(1)
    leaving.abort()
    await answer.catch(() => {})
    await expect.poll(active).toBe(0)
  })
})

describe('/-/functions on control.sock', () => {
  interface Answer {
    readonly status: number | undefined
    readonly text: string
  }

  function ask(path: string, body?: string, signal?: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const socketPath = controlSocket(data)
      const method = body === undefined ? 'GET' : 'POST'
      const sent = request({ socketPath, path, method, ...(signal && { signal }) })
      sent.on('error', reject)
      sent.on('response', async (response) => {
        const text = Buffer.concat(await Array.fromAsync(response)).toString()
        resolve({ status: response.statusCode, text })
      })
      sent.end(body)
    })
  }

  it('lists and calls, without a token', async () => {
    const { agents } = JSON.parse((await ask('/-/functions')).text)
    expect(agents).toMatchObject([{ agent: 'test' }])
    const add = '/-/functions/test/acme:test%2Ftools%23add'
    expect(await ask(add, '{"left":1,"right":2}')).toEqual({ status: 200, text: '3' })
    expect((await ask(add, '{"left":"x"}')).status).toBe(400)
    expect((await ask('/-/functions/absent')).status).toBe(404)
  })

  it('stops the guest of a client that leaves', async () => {
    const leaving = new AbortController()
    const answer = ask('/-/functions/test/acme:test%2Ftools%23spin', '{}', leaving.signal)
    await expect.poll(active).toBe(1)
    leaving.abort()
    await answer.catch(() => {})
    await expect.poll(active).toBe(0)
  })
})

describe('mayfly mcp', () => {
  interface Client extends AsyncDisposable {
    ask(method: string, params?: object): Promise<Record<string, unknown>>
    readonly child: ChildProcess
  }

  async function client(...args: string[]): Promise<Client> {
    const child = spawn(process.execPath, [LAUNCHER, 'mcp', ...args], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const asked: Client = {
      child,
      async ask(method, params) {
        child.stdin.write(`${message(method, params)}\n`)
        const { value } = await lines.next()
        return JSON.parse(value ?? '').result
      },
      async [Symbol.asyncDispose]() {
        const ended = new Promise((resolve) => child.once('exit', resolve))
        // As a client ends it.
        child.stdin.end()
        expect(await ended).toBe(0)
      },
    }
    await asked.ask('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    })
    return asked
  }

  const sum = { name: 'test_add', arguments: { left: 40, right: 2 } }
  const answered = { content: [{ type: 'text', text: '42' }] }

  it('offers the functions of the host of its data directory', async () => {
    await using mcp = await client('--data', data)
    expect((await mcp.ask('tools/list'))['tools']).toHaveLength(NAMES.length)
    expect(await mcp.ask('tools/call', sum)).toMatchObject(answered)
    const wrong = { name: 'test_add', arguments: { left: 'x', right: 2 } }
    expect(await mcp.ask('tools/call', wrong)).toMatchObject({ isError: true })
  })

  it('offers those of a component, without a host', async () => {
    const file = join(folder, 'test.wasm')
    writeFileSync(file, await toolsComponent())
    await using mcp = await client(file)
    expect(await mcp.ask('tools/call', sum)).toMatchObject(answered)
    const failing = { name: 'test_error_handling', arguments: {} }
    expect(await mcp.ask('tools/call', failing)).toMatchObject({
      content: [{ text: 'This tool intentionally returns an error for testing' }],
      isError: true,
    })
  })
})
