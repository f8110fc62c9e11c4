/** A chat, a stream and a call of a tool. @module */
import OpenAI from 'openai'

export default async function run(server: string): Promise<unknown> {
  const client = new OpenAI({ apiKey: 'key', baseURL: `${server}/openai/v1` })
  const messages = [{ role: 'user' as const, content: 'Hello' }]
  const chat = await client.chat.completions.create({ model: 'plain', messages })
  const stream = await client.chat.completions.create({ model: 'plain', messages, stream: true })
  const pieces: string[] = []
  for await (const { choices } of stream) pieces.push(choices[0]?.delta.content ?? '')
  const called = await client.chat.completions.create({ model: 'tool', messages })
  const refused = await client.chat.completions
    .create({ model: 'refuse', messages })
    .catch((error: unknown) => (error as { status: number; message: string }).message)
  return [chat.choices[0]?.message.content, pieces, called.choices[0]?.message.tool_calls, refused]
}
