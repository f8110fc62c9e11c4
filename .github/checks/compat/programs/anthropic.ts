/** A message, and one that streams. @module */
import Anthropic from '@anthropic-ai/sdk'

export default async function run(server: string): Promise<unknown> {
  const client = new Anthropic({ apiKey: 'key', baseURL: `${server}/anthropic` })
  const request = {
    model: 'plain',
    max_tokens: 10,
    messages: [{ role: 'user' as const, content: 'Hello' }],
  }
  const message = await client.messages.create(request)
  const stream = client.messages.stream(request)
  const pieces: string[] = []
  stream.on('text', (text) => pieces.push(text))
  const final = await stream.finalMessage()
  return [message.content, pieces, final.content, final.stop_reason]
}
