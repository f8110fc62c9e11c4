/**
 * Remains of invocations that were stopped while they waited for the host: memory in use after thousands of them,
 * against before.
 *
 * @module
 */
import type { Agent } from '../../../runtime/agents/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { residentBytes } from '../../measure/resident.ts'
import { constant } from '../../measure/statistics.ts'
import { agentSubject } from '../agents/subjects/components.ts'
import type { Case } from '../suite.ts'

const WAITS = { quick: 1_000, full: 20_000 }
const WARM_UP_WAITS = 500
const ABREAST = 50
const MIB = 1_048_576
const MAX_RATIO = 1.1

export const abortedWaits: Case = {
  name: 'aborted-waits',
  against: false,
  async run({ quick, progress }) {
    const count = quick ? WAITS.quick : WAITS.full
    // Never answers, so the caller waits until it is stopped.
    const http = { name: 'bench', fetch: () => new Promise<Response>(() => {}) }
    const runtime = new Runtime({ drivers: { http } })
    const agent = await runtime.load(await agentSubject('waiting'))
    await abort(agent, WARM_UP_WAITS)
    const before = await residentBytes()
    for (let done = 0; done < count; done += count / 10) {
      await abort(agent, count / 10)
      progress(done / count)
    }
    const after = await residentBytes()
    return [
      {
        measure: `resident after ${count} waits that were aborted`,
        subject: 'mayfly',
        unit: 'MiB',
        value: constant(after / MIB),
        ratio: { of: 'before', value: constant(after / before) },
        goal: { on: 'ratio', quantile: 'p50', atMost: MAX_RATIO },
      },
    ]
  },
}

async function abort(agent: Agent, count: number): Promise<void> {
  for (let done = 0; done < count; done += ABREAST) {
    const controller = new AbortController()
    const { signal } = controller
    const asked = Array.from({ length: ABREAST }, () =>
      agent.fetch(new Request('http://any/'), { signal }),
    )
    // All of them wait by the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort()
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    if (statuses.some((status) => status !== 499))
      throw new Error(`Cannot measure: an aborted request was answered ${statuses.join(', ')}`)
  }
}
