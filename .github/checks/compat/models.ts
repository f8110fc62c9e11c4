/** Models that answer in the shapes of OpenAI and of Anthropic: texts, streams, calls of a tool, errors. @module */
import type { ServerResponse } from 'node:http'
import { events, json, type Asked } from './answer.ts'

const ARGUMENTS = '{"city":"Köln"}'
const PIECES = ['', ARGUMENTS.slice(0, 7), ARGUMENTS.slice(7)]

/** Of one event with a type, as both APIs write it. */
function typed(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}`
}

/** A chat. The model `tool` asks for the weather before it answers; `refuse` is no model. */
export async function answerChat({ body }: Asked, response: ServerResponse): Promise<void> {
  const { model, stream, messages } = JSON.parse(body) as {
    model: string
    stream?: boolean
    messages: readonly { role: string; content: unknown }[]
  }
  if (model === 'refuse') {
    return json(response, { error: { message: 'refused', type: 'invalid_request_error' } }, 400)
  }
  const result = messages.findLast(({ role }) => role === 'tool')
  const isCall = model === 'tool' && result === undefined
  const text =
    result === undefined ? ['Hel', 'lo ', 'é 🤖'] : ['It is ', JSON.stringify(result.content)]
  // LangGraph takes messages of one id for one message.
  const head = { id: `chat_${messages.length}`, created: 1, model }
  const finish = isCall ? 'tool_calls' : 'stop'
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
  const called = (pieces: string): object => ({ name: 'weather', arguments: pieces })
  const call = { id: 'call_1', type: 'function' }
  if (stream !== true) {
    const calls = [{ ...call, function: called(ARGUMENTS) }]
    const content = isCall ? { content: null, tool_calls: calls } : { content: text.join('') }
    const message = { role: 'assistant', ...content }
    const choices = [{ index: 0, finish_reason: finish, message }]
    return json(response, { ...head, object: 'chat.completion', choices, usage })
  }
  const deltas = isCall
    ? PIECES.map((piece, at) => {
        const part =
          at === 0 ? { ...call, function: called(piece) } : { function: { arguments: piece } }
        return { tool_calls: [{ index: 0, ...part }] }
      })
    : text.map((content) => ({ content }))
  const chunk = (delta: object, reason: string | null = null): string => {
    const choices = [{ index: 0, delta, finish_reason: reason }]
    return `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices })}`
  }
  await events(response, [
    chunk({ role: 'assistant' }),
    ...deltas.map((delta) => chunk(delta)),
    chunk({}, finish),
    'data: [DONE]',
  ])
}

/** A text in the newer API of OpenAI. */
export async function answerResponses({ body }: Asked, response: ServerResponse): Promise<void> {
  const { stream } = JSON.parse(body) as { stream?: boolean }
  const part = { type: 'output_text', text: 'Hello é', annotations: [] }
  const message = { type: 'message', id: 'm_1', role: 'assistant', status: 'completed' }
  const head = { id: 'r_1', object: 'response', created_at: 1, model: 'plain' }
  const whole = { ...head, status: 'completed', output: [{ ...message, content: [part] }] }
  if (stream !== true) return json(response, whole)
  const place = { item_id: 'm_1', output_index: 0, content_index: 0 }
  const lines = [
    typed('response.created', { response: { ...head, status: 'in_progress', output: [] } }),
    ...['Hel', 'lo é'].map((delta) => typed('response.output_text.delta', { ...place, delta })),
    typed('response.completed', { response: whole }),
  ]
  await events(response, lines)
}

/** A message of Anthropic. With tools, it asks for the weather before it answers. */
export async function answerMessages({ body }: Asked, response: ServerResponse): Promise<void> {
  const { stream, tools, messages } = JSON.parse(body) as {
    stream?: boolean
    tools?: unknown[]
    messages: readonly { content: unknown }[]
  }
  const last = messages.at(-1)?.content
  const result = Array.isArray(last) ? (last[0] as { type: string; content: unknown }) : undefined
  const isResult = result?.type === 'tool_result'
  const isCall = tools !== undefined && !isResult
  const text = isResult ? `It is ${JSON.stringify(result.content)}` : 'Hello é'
  const usage = { input_tokens: 1, output_tokens: 2 }
  const message = { id: 'm_1', type: 'message', role: 'assistant', model: 'plain', usage }
  const end = { stop_reason: isCall ? 'tool_use' : 'end_turn', stop_sequence: null }
  const call = { type: 'tool_use', id: 'toolu_1', name: 'weather' }
  if (stream !== true) {
    const content = isCall
      ? { ...call, input: JSON.parse(ARGUMENTS) as unknown }
      : { type: 'text', text }
    return json(response, { ...message, ...end, content: [content] })
  }
  const deltas = isCall
    ? PIECES.map((piece) => ({ type: 'input_json_delta', partial_json: piece }))
    : [text.slice(0, 3), text.slice(3)].map((piece) => ({ type: 'text_delta', text: piece }))
  const block = isCall ? { ...call, input: {} } : { type: 'text', text: '' }
  const start = { ...message, content: [], stop_reason: null, stop_sequence: null }
  await events(response, [
    typed('message_start', { message: start }),
    typed('content_block_start', { index: 0, content_block: block }),
    typed('ping', {}),
    ...deltas.map((delta) => typed('content_block_delta', { index: 0, delta })),
    typed('content_block_stop', { index: 0 }),
    typed('message_delta', { delta: end, usage }),
    typed('message_stop', {}),
  ])
}
