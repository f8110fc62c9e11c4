/** `streamText` with a tool that it calls, as a response, and `generateText` where the server is busy at first. @module */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, generateText, isStepCount, streamText, tool } from 'ai'
import { z } from 'zod'

export default async function run(server: string): Promise<unknown> {
  const provider = createOpenAICompatible({ name: 'test', baseURL: `${server}/openai/v1` })
  const weather = tool({
    description: 'The weather in a city',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `sunny in ${city}`,
  })
  const result = streamText({
    model: provider('tool'),
    prompt: 'How is the weather?',
    tools: { weather },
    stopWhen: isStepCount(3),
  })
  const pieces: string[] = []
  for await (const piece of result.textStream) pieces.push(piece)
  const steps = await result.steps
  const response = streamText({ model: provider('plain'), prompt: 'Hello' }).toTextStreamResponse()
  return [
    pieces,
    steps.flatMap(({ toolResults }) => toolResults.map(({ output }) => output)),
    [response.headers.get('content-type'), await response.text()],
    await busy(server, 1),
    await busy(server, 0),
  ]
}

async function busy(server: string, maxRetries: number): Promise<unknown> {
  const queryParams = { busy: String(Math.random()) }
  const provider = createOpenAICompatible({
    name: 'test',
    baseURL: `${server}/openai/v1`,
    queryParams,
  })
  try {
    return (await generateText({ model: provider('plain'), prompt: 'Hello', maxRetries })).text
  } catch (error) {
    if (!APICallError.isInstance(error)) throw error
    return [error.statusCode, error.isRetryable, error.responseHeaders?.['retry-after']]
  }
}
