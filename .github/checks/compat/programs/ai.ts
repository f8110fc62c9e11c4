/** `streamText` with a tool that it calls. @module */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { isStepCount, streamText, tool } from 'ai'
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
  return [pieces, steps.flatMap(({ toolResults }) => toolResults.map(({ output }) => output))]
}
