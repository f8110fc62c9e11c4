/** Graphs: two nodes in one context and their stream, and a model that calls a tool until it has its answer. @module */
import { tool } from '@langchain/core/tools'
import { MemorySaver, MessagesAnnotation } from '@langchain/langgraph'
import { Annotation, END, START, StateGraph } from '@langchain/langgraph'
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt'
import { ChatOpenAI } from '@langchain/openai'
import { z } from 'zod'

const State = Annotation.Root({
  words: Annotation<string[]>({ reducer: (all, more) => all.concat(more), default: () => [] }),
})

export default async function run(server: string): Promise<unknown> {
  const graph = new StateGraph(State)
    .addNode('first', async () => ({ words: ['one'] }))
    .addNode('second', async ({ words }) => ({ words: [`two after ${words.join()}`] }))
    .addEdge(START, 'first')
    .addEdge('first', 'second')
    .addEdge('second', END)
    .compile()
  const updates: unknown[] = []
  for await (const update of await graph.stream({ words: [] }, { streamMode: 'updates' })) {
    updates.push(update)
  }
  return [await graph.invoke({ words: ['zero'] }), updates, await converse(server)]
}

async function converse(server: string): Promise<unknown> {
  const weather = tool(async ({ city }) => `sunny in ${city}`, {
    name: 'weather',
    description: 'The weather in a city',
    schema: z.object({ city: z.string() }),
  })
  const model = new ChatOpenAI({
    apiKey: 'key',
    model: 'tool',
    configuration: { baseURL: `${server}/openai/v1` },
  }).bindTools([weather])
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('model', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
    .addNode('tools', new ToolNode([weather]))
    .addEdge(START, 'model')
    .addConditionalEdges('model', toolsCondition)
    .addEdge('tools', 'model')
    .compile({ checkpointer: new MemorySaver() })
  const thread = { configurable: { thread_id: 'one' } }
  const messages = [{ role: 'user', content: 'How is the weather?' }]
  const asked = await graph.invoke({ messages }, thread)
  const kept = await graph.getState(thread)
  const shown = (all: typeof asked.messages): unknown =>
    all.map((each) => [each.type, each.content])
  return [shown(asked.messages), (kept.values as typeof asked).messages.length]
}
