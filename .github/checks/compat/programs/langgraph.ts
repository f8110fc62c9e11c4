/** A graph of two nodes that run in one context, and its stream. @module */
import { Annotation, END, START, StateGraph } from '@langchain/langgraph'

const State = Annotation.Root({
  words: Annotation<string[]>({ reducer: (all, more) => all.concat(more), default: () => [] }),
})

export default async function run(): Promise<unknown> {
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
  return [await graph.invoke({ words: ['zero'] }), updates]
}
