/** Functions that an agent declares in its code, for clients of a host: over `/-/functions`, and as tools of MCP. @module */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildAgent } from '../../toolchain/index.ts'
import { revisionOf, startServer, type MayflyServer } from './index.ts'

const SOURCE = `
  import { FunctionError } from 'mayfly/guest'
  const input = {
    type: 'object', required: ['dividend', 'divisor'], additionalProperties: false,
    properties: { dividend: { type: 'number' }, divisor: { type: 'number' } },
  }
  export const functions = {
    divide: { description: 'Divides', input, output: { type: 'number' }, run({ dividend, divisor }) {
      if (divisor === 0) throw new FunctionError({ reason: 'zero' })
      return dividend / divisor
    } },
    broken: { run() { throw new Error('my secret') } },
  }`

let folder = ''
let server: MayflyServer

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-declared-'))
  writeFileSync(join(folder, 'agent.json'), '{ "name": "math", "source": "agent.js" }')
  writeFileSync(join(folder, 'agent.js'), SOURCE)
  const { manifest, component } = await buildAgent({ directory: folder })
  const bytes = new Uint8Array(component)
  const agents = [{ manifest, component: bytes, revision: revisionOf(manifest, bytes) }]
  server = await startServer({ agents, port: 0, workers: 1, logLevel: 'silent' })
}, 120_000)

afterAll(async () => {
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function post(path: string, body: unknown): Promise<[status: number, body: unknown]> {
  const answer = await fetch(server.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  return [answer.status, JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text)]
}

it.each<[string, object, number, unknown]>([
  ['divide', { dividend: 1, divisor: 4 }, 200, 0.25],
  ['divide', [1, 4], 200, 0.25],
  ['divide', { dividend: 1, divisor: 0 }, 422, { error: { reason: 'zero' } }],
  [
    'divide',
    { dividend: 1, divisor: 'x' },
    400,
    { error: expect.stringContaining('Cannot call "divide" with divisor: ') },
  ],
  ['broken', {}, 500, { error: expect.not.stringContaining('secret') }],
  ['nothing', {}, 404, { error: expect.stringContaining('divide, broken') }],
])('POST /-/functions/math/%s with %j answers %i', async (name, input, status, body) => {
  const [found, answer] = await post(`/-/functions/math/${name}`, input)
  expect(found).toBe(status)
  if (typeof body === 'object') expect(answer).toMatchObject(body ?? {})
  else expect(answer).toBe(body)
})

it('GET /-/functions has their schemas', async () => {
  const { agents } = await (await fetch(`${server.url}/-/functions`)).json()
  expect(agents[0].functions).toContainEqual({
    name: 'divide',
    description: 'Divides',
    parameters: {
      type: 'object',
      properties: { dividend: { type: 'number' }, divisor: { type: 'number' } },
      required: ['dividend', 'divisor'],
      additionalProperties: false,
    },
    result: { type: 'number' },
  })
})

it('/-/mcp has them as tools', async () => {
  const ask = (method: string, params: object): Promise<[number, unknown]> =>
    post('/-/mcp', { jsonrpc: '2.0', id: 1, method, params })
  const [, listed] = await ask('tools/list', {})
  expect(listed).toMatchObject({
    result: { tools: [{ name: 'math_broken' }, { name: 'math_divide', description: 'Divides' }] },
  })
  const call = (input: object): Promise<[number, unknown]> =>
    ask('tools/call', { name: 'math_divide', arguments: input })
  expect(await call({ dividend: 1, divisor: 4 })).toMatchObject([
    200,
    { result: { content: [{ text: '0.25' }] } },
  ])
  expect(await call({ dividend: 1 })).toMatchObject([
    200,
    { result: { isError: true, content: [{ text: expect.stringContaining('"divisor"') }] } },
  ])
})

it('requests without a default export get 404', async () => {
  expect((await fetch(`${server.url}/math/`)).status).toBe(404)
})
