/** A server of the Model Context Protocol over streamable HTTP, with sessions and two tools. @module */
import type { ServerResponse } from 'node:http'
import { events, json, type Asked } from './answer.ts'

interface Call {
  readonly id?: number
  readonly method: string
  readonly params?: {
    readonly protocolVersion: string
    readonly name: string
    readonly arguments: { readonly a: number; readonly b: number }
    readonly _meta?: { readonly progressToken?: number }
  }
}

const SESSION = 'session-1'
const SUM = { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] }
const TOOLS = [
  { name: 'add', inputSchema: { type: 'object' }, outputSchema: SUM },
  { name: 'fail', inputSchema: { type: 'object' } },
]

export async function answerMcp(asked: Asked, response: ServerResponse): Promise<void> {
  const { method, headers, body } = asked
  // It has nothing to say by itself.
  if (method === 'GET') return json(response, {}, 405)
  const call = method === 'POST' ? (JSON.parse(body) as Call) : undefined
  if (call?.method !== 'initialize' && headers['mcp-session-id'] !== SESSION) {
    return json(response, { error: 'no session' }, 400)
  }
  if (call?.id === undefined) {
    response.writeHead(method === 'DELETE' ? 200 : 202).end()
    return
  }
  if (call.method === 'initialize') response.setHeader('mcp-session-id', SESSION)
  const token = call.params?._meta?.progressToken
  const progress = {
    method: 'notifications/progress',
    params: { progressToken: token, progress: 1 },
  }
  const messages = [...(token === undefined ? [] : [progress]), { id: call.id, ...outcomeOf(call) }]
  await events(
    response,
    messages.map((each) => `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...each })}`),
  )
}

function outcomeOf({ method, params }: Call): object {
  const text = (content: string): object[] => [{ type: 'text', text: content }]
  switch (method) {
    case 'initialize': {
      const serverInfo = { name: 'test', version: '1.0.0' }
      const protocolVersion = params?.protocolVersion
      return { result: { protocolVersion, capabilities: { tools: {} }, serverInfo } }
    }
    case 'tools/list':
      return { result: { tools: TOOLS } }
    case 'tools/call': {
      if (params?.name === 'fail') return { result: { content: text('no'), isError: true } }
      if (params?.name !== 'add') return { error: { code: -32_602, message: 'no such tool' } }
      const sum = params.arguments.a + params.arguments.b
      return { result: { content: text(String(sum)), structuredContent: { sum } } }
    }
    default:
      return { error: { code: -32_601, message: 'no such method' } }
  }
}
