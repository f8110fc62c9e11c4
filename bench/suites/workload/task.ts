/** One run of the task in this process: `task.ts KIND ROWS`. Sends its cost and its result. @module */
import { Runtime } from '../../../runtime/presets/index.ts'
import { buildAgent, PACKAGE_DIRECTORY } from '../../../host/toolchain/index.ts'
import { join } from 'node:path'
import { agentSubject } from '../agents/subjects/components.ts'
import { describe, type Column } from '../agents/subjects/table-agent/describe.ts'

export interface TaskReport {
  readonly ms: number
  readonly peakKiB: number
  /** Count, mean and standard deviation of each column, rounded. */
  readonly answer: string
}

// Room for a CSV of 200,000 rows, a few copies of it, and the time an interpreter needs.
const LIMITS = {
  requestBodyBytes: 33_554_432,
  memoryBytes: 536_870_912,
  deadlineMs: 120_000,
}

const [kind = '', rows] = process.argv.slice(2)
const csv = makeCsv(Number(rows))
const solve = await solver(kind)
const start = performance.now()
const columns = await solve(csv)
const ms = performance.now() - start
const answer = columns
  .map(({ count, mean, standardDeviation }) =>
    [count, mean.toPrecision(6), standardDeviation.toPrecision(6)].join(' '),
  )
  .join(', ')
process.send?.({ ms, peakKiB: process.resourceUsage().maxRSS, answer } satisfies TaskReport)
process.disconnect?.()
process.exit()

async function solver(name: string): Promise<(text: string) => Column[] | Promise<Column[]>> {
  if (name === 'node') return describe
  const built =
    name === 'javascript'
      ? await agentSubject('table')
      : await buildAgent({ directory: join(PACKAGE_DIRECTORY, 'components', 'examples', 'stats') })
  const limits = { ...built.manifest.limits, ...LIMITS }
  const agent = await new Runtime().load({ ...built, manifest: { ...built.manifest, limits } })
  return async (body) => {
    const response = await agent.fetch(new Request('http://any/', { method: 'POST', body }))
    const found = (await response.json()) as Column[] | { readonly columns: Column[] }
    return Array.isArray(found) ? found : found.columns
  }
}

/** The same table in `task.py`. */
function makeCsv(count: number): string {
  const lines = ['id,price,quantity,score']
  let state = 1
  for (let row = 0; row < count; row++) {
    state = (state * 48_271) % 2_147_483_647
    lines.push(`${row},${state % 10_000}.${state % 100},${state % 97},${state % 7}`)
  }
  return `${lines.join('\n')}\n`
}
