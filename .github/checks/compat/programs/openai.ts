/** Chats, streams, calls of a tool and errors: a server that is busy is asked again when it says. @module */
import OpenAI from 'openai'

const messages = [{ role: 'user' as const, content: 'Hello' }]

export default async function run(server: string): Promise<unknown> {
  const client = new OpenAI({ apiKey: 'key', baseURL: `${server}/openai/v1` })
  const chat = await client.chat.completions.create({ model: 'plain', messages })
  const stream = await client.chat.completions.create({ model: 'plain', messages, stream: true })
  const pieces: string[] = []
  for await (const { choices } of stream) pieces.push(choices[0]?.delta.content ?? '')
  const called = client.chat.completions.stream({ model: 'tool', messages })
  const refused = await client.chat.completions
    .create({ model: 'refuse', messages })
    .catch((error: unknown) => (error as { status: number; message: string }).message)
  return [
    chat.choices[0]?.message.content,
    pieces,
    (await called.finalChatCompletion()).choices[0]?.message.tool_calls,
    refused,
    await busy(server, 1),
    await busy(server, 0),
    await responses(client),
  ]
}

/** A server that refuses the first request for a second. */
async function busy(server: string, maxRetries: number): Promise<unknown> {
  const defaultQuery = { busy: String(Math.random()) }
  const baseURL = `${server}/openai/v1`
  const client = new OpenAI({ apiKey: 'key', baseURL, defaultQuery, maxRetries })
  const start = performance.now()
  try {
    const { choices } = await client.chat.completions.create({ model: 'plain', messages })
    return [choices[0]?.message.content, performance.now() - start >= 900]
  } catch (error) {
    if (!(error instanceof OpenAI.RateLimitError)) throw error
    return [error.constructor.name, error.status, error.headers.get('retry-after'), error.message]
  }
}

async function responses(client: OpenAI): Promise<unknown> {
  const request = { model: 'plain', input: 'Hello' }
  const { output_text: whole } = await client.responses.create(request)
  const types: string[] = []
  for await (const { type } of await client.responses.create({ ...request, stream: true })) {
    types.push(type)
  }
  return [whole, types]
}
