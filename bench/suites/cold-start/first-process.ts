/**
 * One of the processes of the case: `first-process.ts mayfly FILE`, or `first-process.ts quickjs`. Sends a `FirstReport`.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { ORDER, ORDER_REQUEST, ORDER_TOTAL, orderInQuickJs } from '../agents/subjects/order.ts'

/** The times of one process, in milliseconds. */
export interface FirstReport {
  readonly loadMs: number
  /** Of each of the first requests. */
  readonly answersMs: readonly number[]
}

const REQUESTS = 50

const [, , kind, file = ''] = process.argv
// Read before: a host that loads agents has their bytes.
const component = kind === 'mayfly' ? await readFile(file) : undefined
const start = performance.now()
const answer = component === undefined ? await orderInQuickJs() : await agentOf(component)
const loadMs = performance.now() - start
const answersMs: number[] = []
for (let index = 0; index < REQUESTS; index++) {
  const from = performance.now()
  const text = await answer(ORDER)
  answersMs.push(performance.now() - from)
  if (text !== ORDER_TOTAL) throw new Error(`Cannot measure "${kind}": it answered ${text}`)
}
process.send?.({ loadMs, answersMs } satisfies FirstReport, () => process.exit())

async function agentOf(bytes: Uint8Array): Promise<(text: string) => Promise<string>> {
  const { Runtime } = await import('../../../runtime/presets/index.ts')
  const agent = await new Runtime().load({ component: bytes, manifest: { name: 'order' } })
  return async (body) =>
    (await agent.fetch(new Request('http://any/', { ...ORDER_REQUEST, body }))).text()
}
