/** The messages of the protocol as they are on the wire. Official clients: `mcp.e2e.test.ts` of the targets. @module */
import { afterEach, describe, expect, it } from 'vitest'
import { MayflyError } from '../../../runtime/errors/index.ts'
import type { Access, CallableAgent, FoundToken } from '../../control/index.ts'
import { createMcpEndpoint, isMcpPath, type McpEndpoint } from './index.ts'

const NUMBER = { type: 'integer' }
const VERSION = '2026-07-28'
let endpoint: McpEndpoint | undefined

afterEach(() => endpoint?.close())

/** Agents whose one function does what its arguments say. */
function agentOf(name: string, calls: unknown[] = []): CallableAgent {
  return {
    name,
    requestBodyBytes: 100,
    deadlineMs: 60_000,
    functions: () => [
      { name: 'acme:math/ops#half', parameters: { type: 'object' }, result: NUMBER },
      { name: 'mayfly:agent/handler#handle', parameters: { type: 'object' } },
    ],
    async call(_, input, { signal }) {
      calls.push(input)
      const { of } = input as { of: unknown }
      if (of === 'never') {
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            calls.push('stopped')
            reject(new Error('stopped'))
          }),
        )
      }
      if (of === 'trap') throw new Error('trap')
      if (typeof of !== 'number')
        throw new MayflyError('ERR_VALUE_MISMATCH', 'Cannot call "half" with of: expected u32')
      return of % 2 === 0
        ? { state: 'returned', result: of / 2 }
        : { state: 'failed', error: { rest: 1 } }
    },
    refusal: (_, requestId) => Response.json({ error: 'agent failed', requestId }, { status: 500 }),
  }
}

interface Asked {
  readonly method: string
  readonly params?: Record<string, unknown>
  readonly headers?: Record<string, string>
  readonly progressToken?: string
  readonly signal?: AbortSignal
  readonly body?: string
}

function start(
  agents: () => CallableAgent[],
  access: Access = { state: 'open' },
): (asked: Asked) => Promise<Response> {
  const created = createMcpEndpoint({ agents, access, version: () => '1.2.3', findToken })
  endpoint = created
  return async ({ method, params = {}, headers = {}, progressToken, signal, body }) => {
    const meta = {
      ...(progressToken === undefined ? {} : { progressToken }),
      'io.modelcontextprotocol/protocolVersion': VERSION,
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const message = { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }
    return created.fetch(
      new Request('http://localhost/-/mcp', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': VERSION,
          'mcp-method': method,
          ...(typeof params['name'] === 'string' ? { 'mcp-name': params['name'] } : {}),
          ...headers,
        },
        body: body ?? JSON.stringify(message),
        ...(signal && { signal }),
      }),
    )
  }
}

function findToken(text: string): FoundToken | undefined {
  const scope = { can: ['call'] as const, agents: ['math*'], routes: [], hosts: [] }
  if (text === 'mf_math') return { state: 'valid', token: { name: 'm', ...scope } }
  if (text === 'mf_read') return { state: 'valid', token: { name: 'r', ...scope, can: ['read'] } }
  return undefined
}

async function resultOf(answer: Response | Promise<Response>): Promise<Record<string, unknown>> {
  return (await (await answer).json()).result
}

const call = (of: unknown, name = 'math_half'): Asked => ({
  method: 'tools/call',
  params: { name, arguments: { of } },
})

describe('POST /-/mcp', () => {
  it('says what it is', async () => {
    const ask = start(() => [agentOf('math')])
    expect(await resultOf(ask({ method: 'server/discover' }))).toMatchObject({
      supportedVersions: [VERSION],
      capabilities: { tools: { listChanged: true } },
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'mayfly', version: '1.2.3' } },
    })
  })

  it('lists functions as tools, and no handler', async () => {
    const ask = start(() => [agentOf('math'), { ...agentOf('silent'), functions: () => [] }])
    const { tools, ...rest } = await resultOf(ask({ method: 'tools/list' }))
    expect(tools).toEqual([
      {
        name: 'math_half',
        title: 'math: acme:math/ops#half',
        inputSchema: { type: 'object' },
        outputSchema: NUMBER,
      },
    ])
    expect(rest).toMatchObject({ ttlMs: 60_000, cacheScope: 'private' })
  })

  it.for<[unknown, Record<string, unknown>]>([
    [6, { content: [{ type: 'text', text: '3' }], structuredContent: 3 }],
    [7, { content: [{ type: 'text', text: '{"rest":1}' }], isError: true }],
    ['six', { content: [{ text: 'Cannot call "half" with of: expected u32' }], isError: true }],
    ['trap', { content: [{ text: expect.stringMatching(/^agent failed \(request [\w-]+\)$/) }] }],
  ])('calls with %j', async ([of, expected]) => {
    const ask = start(() => [agentOf('math')])
    expect(await resultOf(ask(call(of)))).toMatchObject(expected)
  })

  it.for<[string, Asked, number, number]>([
    ['a tool that is not there', call(1, 'math_third'), 200, -32602],
    ['a handler', call(1, 'math_handle'), 200, -32602],
    ['a cursor of no page', { method: 'tools/list', params: { cursor: '!' } }, 200, -32602],
    ['a method that it has not', { method: 'prompts/list' }, 404, -32601],
    ['a name that the field denies', { ...call(6), headers: { 'mcp-name': 'x' } }, 400, -32020],
    ['a text that is no message', { method: 'tools/list', body: '{' }, 400, -32700],
  ])('refuses %s', async ([, asked, status, code]) => {
    const ask = start(() => [agentOf('math')])
    const answer = await ask(asked)
    expect([answer.status, (await answer.json()).error.code]).toEqual([status, code])
  })

  it('stops a call that its client gives up', async () => {
    const calls: unknown[] = []
    const ask = start(() => [agentOf('math', calls)])
    const client = new AbortController()
    const answer = ask({ ...call('never'), signal: client.signal })
    await expect.poll(() => calls).toEqual([{ of: 'never' }])
    client.abort()
    await answer.catch(() => {})
    await expect.poll(() => calls.at(-1)).toBe('stopped')
  })

  it('tells a client that asks for progress how long its call has been running', async () => {
    const ask = start(() => [agentOf('math')])
    const client = new AbortController()
    const { params = {} } = call('never')
    const progressing = { ...call('never'), params, progressToken: 'p-1', signal: client.signal }
    const answer = await ask(progressing)
    const events = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    const message = JSON.parse((await events?.read())?.value?.replace(/^[^]*data: /, '') ?? '')
    expect(message).toMatchObject({
      method: 'notifications/progress',
      params: { progressToken: 'p-1', progress: 1, message: 'running for 1 s' },
    })
    client.abort()
    await events?.cancel().catch(() => {})
  })

  it('tells a client that listens when tools come, and ends with the host', async () => {
    const agents = [agentOf('math')]
    const ask = start(() => agents)
    const params = { notifications: { toolsListChanged: true } }
    const answer = await ask({ method: 'subscriptions/listen', params })
    const events = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await events?.read())?.value).toContain('subscriptions/acknowledged')
    endpoint?.changed()
    expect((await events?.read())?.value).toContain('notifications/tools/list_changed')
    await endpoint?.close()
    for (let end; end?.done !== true;) end = await events?.read()
  })
})

describe('a client of /-/mcp', () => {
  const closed: Access = { state: 'token', token: 'let-me-in' }
  const as = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

  it.for<[string, Record<string, string>, Access, number]>([
    ['without a token', {}, closed, 401],
    ['with a token that the host did not make', as('mf_x'), closed, 401],
    ['with a token that may only read', as('mf_read'), closed, 403],
    ['that is the page of a website', { origin: 'https://evil.test' }, { state: 'open' }, 403],
    ['that asks for another name', { host: 'evil.test' }, { state: 'open' }, 403],
  ])('%s is refused before its message is read', async ([, headers, access, status]) => {
    const calls: unknown[] = []
    const ask = start(() => [agentOf('math', calls)], access)
    expect((await ask({ ...call(6), headers })).status).toBe(status)
    expect(calls).toEqual([])
  })

  it('with a scoped token sees and calls agents of that token alone', async () => {
    const calls: unknown[] = []
    const ask = start(() => [agentOf('math'), agentOf('bank', calls)], closed)
    const headers = as('mf_math')
    const { tools } = await resultOf(ask({ method: 'tools/list', headers }))
    expect((tools as { name: string }[]).map(({ name }) => name)).toEqual(['math_half'])
    expect(await resultOf(ask({ ...call(6), headers }))).toMatchObject({ structuredContent: 3 })
    const answer = await ask({ ...call(6, 'bank_half'), headers })
    expect((await answer.json()).error.code).toBe(-32602)
    expect(calls).toEqual([])
  })
})

it.for<[string, boolean]>([
  ['/-/mcp', true],
  ['/-/mcp/', false],
  ['/-/mcpx', false],
  ['/mcp', false],
])('isMcpPath() of %s is %s', ([path, expected]) => expect(isMcpPath(path)).toBe(expected))
