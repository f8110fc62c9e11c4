/** Messages, streams, a tool that is called while its arguments arrive, and a busy server. @module */
import Anthropic from '@anthropic-ai/sdk'

const question = { role: 'user' as const, content: 'Hello' }
const request = { model: 'plain', max_tokens: 10 }

export default async function run(server: string): Promise<unknown> {
  const client = new Anthropic({ apiKey: 'key', baseURL: `${server}/anthropic` })
  const message = await client.messages.create({ ...request, messages: [question] })
  const stream = client.messages.stream({ ...request, messages: [question] })
  const pieces: string[] = []
  stream.on('text', (text) => pieces.push(text))
  const final = await stream.finalMessage()
  return [
    message.content,
    pieces,
    final.content,
    final.stop_reason,
    await tool(client),
    await busy(server),
  ]
}

async function tool(client: Anthropic): Promise<unknown> {
  const tools = [{ name: 'weather', input_schema: { type: 'object' as const } }]
  const stream = client.messages.stream({ ...request, tools, messages: [question] })
  const parts: string[] = []
  stream.on('inputJson', (part) => parts.push(part))
  const { content, stop_reason: reason } = await stream.finalMessage()
  const call = content.find((each) => each.type === 'tool_use')
  const result = { type: 'tool_result' as const, tool_use_id: call?.id ?? '', content: 'sunny' }
  const messages = [
    question,
    { role: 'assistant' as const, content },
    { role: 'user' as const, content: [result] },
  ]
  const answer = await client.messages.create({ ...request, tools, messages })
  return [parts, call?.input, reason, answer.content]
}

async function busy(server: string): Promise<unknown> {
  const ask = (maxRetries: number): Promise<unknown> =>
    new Anthropic({
      apiKey: 'key',
      baseURL: `${server}/anthropic`,
      defaultQuery: { busy: String(Math.random()) },
      maxRetries,
    }).messages.create({ ...request, messages: [question] })
  const refused = await ask(0).catch((error: unknown) => [
    error instanceof Anthropic.RateLimitError,
    (error as { status: number }).status,
  ])
  return [refused, await ask(1)]
}
