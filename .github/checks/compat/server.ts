/**
 * What the programs talk to: as much of each protocol as they use.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'

type Answer = (request: { path: URL; body: string }, response: ServerResponse) => void

/** Starts it on a free port of this machine. */
export async function startServer(): Promise<{ url: string; port: number; server: Server }> {
  const answers = makeAnswers()
  const server = createServer((request, response) => void answer(answers, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, server }
}

async function answer(
  answers: Readonly<Record<string, Answer>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  const path = new URL(request.url ?? '/', 'http://server')
  const found =
    request.method === 'POST' || path.pathname === '/flaky' ? answers[path.pathname] : undefined
  if (found === undefined) return json(response, { error: 'missing' }, 404)
  found({ path, body: Buffer.concat(pieces).toString() }, response)
}

function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

function events(response: ServerResponse, lines: readonly string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const line of lines) response.write(`${line}\n\n`)
  response.end()
}

function makeAnswers(): Readonly<Record<string, Answer>> {
  const database = new DatabaseSync(':memory:')
  database.exec('create table notes (id integer primary key, text text not null)')
  const tried = new Set<string>()
  return {
    '/openai/v1/chat/completions': answerChat,
    '/anthropic/v1/messages': answerMessages,
    '/mcp': answerMcp,
    '/echo': ({ path, body }, response) =>
      json(response, { query: path.search, body: JSON.parse(body) }),
    '/flaky': ({ path }, response) => {
      const isSecond = tried.has(path.search)
      tried.add(path.search)
      json(response, { isSecond }, isSecond ? 200 : 503)
    },
    '/sql': ({ body }, response) => {
      const { sql, params, method } = JSON.parse(body) as {
        sql: string
        params: SQLInputValue[]
        method: string
      }
      const statement = database.prepare(sql)
      statement.setReturnArrays(true)
      json(response, method === 'run' ? (statement.run(...params), []) : statement.all(...params))
    },
  }
}

const CALL = {
  id: 'call_1',
  type: 'function',
  function: { name: 'weather', arguments: '{"city":"Köln"}' },
}

function answerChat({ body }: { body: string }, response: ServerResponse): void {
  const { model, stream, messages } = JSON.parse(body) as {
    model: string
    stream?: boolean
    messages: readonly { role: string; content: unknown }[]
  }
  if (model === 'refuse') {
    return json(response, { error: { message: 'refused', type: 'invalid_request_error' } }, 400)
  }
  const result = messages.find(({ role }) => role === 'tool')
  const isCall = model === 'tool' && result === undefined
  const text =
    result === undefined ? ['Hel', 'lo ', 'é 🤖'] : ['It is ', JSON.stringify(result.content)]
  const head = { id: 'chat_1', created: 1, model }
  const finish = isCall ? 'tool_calls' : 'stop'
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
  if (stream !== true) {
    const content = isCall ? { content: null, tool_calls: [CALL] } : { content: text.join('') }
    const choices = [
      { index: 0, finish_reason: finish, message: { role: 'assistant', ...content } },
    ]
    return json(response, { ...head, object: 'chat.completion', choices, usage })
  }
  const deltas = isCall
    ? [{ tool_calls: [{ index: 0, ...CALL }] }]
    : text.map((content) => ({ content }))
  const chunk = (delta: object, reason: string | null = null): string => {
    const choices = [{ index: 0, delta, finish_reason: reason }]
    return `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices })}`
  }
  events(response, [
    chunk({ role: 'assistant' }),
    ...deltas.map((delta) => chunk(delta)),
    chunk({}, finish),
    'data: [DONE]',
  ])
}

function answerMessages({ body }: { body: string }, response: ServerResponse): void {
  const { stream } = JSON.parse(body) as { stream?: boolean }
  const usage = { input_tokens: 1, output_tokens: 2 }
  const message = { id: 'm_1', type: 'message', role: 'assistant', model: 'plain', usage }
  const end = { stop_reason: 'end_turn', stop_sequence: null }
  if (stream !== true)
    return json(response, { ...message, ...end, content: [{ type: 'text', text: 'Hello é' }] })
  const event = (type: string, fields: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}`
  const piece = (text: string): string =>
    event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
  const start = { ...message, content: [], stop_reason: null, stop_sequence: null }
  events(response, [
    event('message_start', { message: start }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    piece('Hel'),
    piece('lo é'),
    event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: end, usage }),
    event('message_stop', {}),
  ])
}

function answerMcp({ body }: { body: string }, response: ServerResponse): void {
  const { id, method, params } = JSON.parse(body) as {
    id?: number
    method: string
    params: { protocolVersion: string; arguments: { a: number; b: number } }
  }
  if (id === undefined) {
    response.writeHead(202).end()
    return
  }
  const results: Readonly<Record<string, () => unknown>> = {
    initialize: () => ({
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'test', version: '1.0.0' },
    }),
    'tools/list': () => ({ tools: [{ name: 'add', inputSchema: { type: 'object' } }] }),
    'tools/call': () => ({
      content: [{ type: 'text', text: String(params.arguments.a + params.arguments.b) }],
    }),
  }
  const message = { jsonrpc: '2.0', id, result: results[method]?.() ?? {} }
  events(response, [`event: message\ndata: ${JSON.stringify(message)}`])
}
