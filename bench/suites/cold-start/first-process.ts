/**
 * One of the processes of the case: `first-process.ts mayfly FILE`, `first-process.ts warm FILE`, or `first-process.ts
 * quickjs`. Sends a `FirstReport`.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { ORDER, ORDER_REQUEST, ORDER_TOTAL, orderInQuickJs } from '../agents/subjects/order.ts'

/** The times of one process, in milliseconds. */
export interface FirstReport {
  readonly loadMs: number
  readonly warmUpMs: number
  /** Of each of the first requests. */
  readonly answersMs: readonly number[]
}

const REQUESTS = 50

const [, , kind, file = ''] = process.argv
// Read before: a host that loads agents has their bytes.
const component = kind === 'quickjs' ? undefined : await readFile(file)
const start = performance.now()
const { answer, warmUp } =
  component === undefined ? { answer: await orderInQuickJs() } : await agentOf(component)
const loadMs = performance.now() - start
if (kind === 'warm') await warmUp?.()
const warmUpMs = performance.now() - start - loadMs
const answersMs: number[] = []
for (let index = 0; index < REQUESTS; index++) {
  const from = performance.now()
  const text = await answer(ORDER)
  answersMs.push(performance.now() - from)
  if (text !== ORDER_TOTAL) throw new Error(`Cannot measure "${kind}": it answered ${text}`)
}
process.send?.({ loadMs, warmUpMs, answersMs } satisfies FirstReport, () => process.exit())

interface Subject {
  readonly answer: (text: string) => Promise<string>
  readonly warmUp?: () => Promise<void>
}

async function agentOf(bytes: Uint8Array): Promise<Subject> {
  const { Runtime } = await import('../../../runtime/presets/index.ts')
  const runtime = new Runtime()
  const agent = await runtime.load({ component: bytes, manifest: { name: 'order' } })
  return {
    answer: async (body) =>
      (await agent.fetch(new Request('http://any/', { ...ORDER_REQUEST, body }))).text(),
    warmUp: () => runtime.warmUp(),
  }
}
