/**
 * JS agents that wait at once on one thread, for an upstream and for a timer, without a slot.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { http } from '../../../runtime/capabilities/http/index.ts'
import type { Agent } from '../../../runtime/agents/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import { residentBytes } from '../../measure/resident.ts'
import type { Finding } from '../../measure/result.ts'
import { constant } from '../../measure/statistics.ts'
import { agentSubject } from '../agents/subjects/components.ts'
import type { Case } from '../suite.ts'

const KIB = 1024
const GIB = 1024 * 1024 * KIB
// Once in a process: what the guests of one count leave to the heap would serve the next.
const COUNT = { quick: 1000, full: 10_000 }
const MOST = 10_000
const GOAL = { on: 'value', quantile: 'p50', atMost: 40 } as const
/** Slots are not what is measured: they are dropped soon. */
const IDLE_MS = 200
const LONG_MS = 3_600_000
/** Requests that are begun before the event loop turns. */
const ABREAST = 20
const WARM_UPS = 100

export const waitingForFetch: Case = {
  name: 'waiting-fetch',
  against: false,
  run: async ({ quick }) => [await measure('fetch', quick ? COUNT.quick : COUNT.full)],
}

export const waitingForTimer: Case = {
  name: 'waiting-timer',
  against: false,
  run: async ({ quick }) => [await measure('timer', quick ? COUNT.quick : COUNT.full)],
}

async function measure(kind: 'fetch' | 'timer', count: number): Promise<Finding> {
  const upstream = new Upstream()
  const { runtime, agent } = await open(upstream)
  try {
    const warm = Array.from({ length: WARM_UPS }, () => agent.fetch(new Request('http://any/')))
    await settled(agent, WARM_UPS)
    await upstream.answer(warm)
    await untilNoSlot(runtime)
    const empty = await residentBytes()
    const answers: Promise<Response>[] = []
    for (let index = 0; index < count; index++) {
      // Each has a URL of its own, as requests have.
      const path = kind === 'timer' ? `${index}/timer` : `${index}`
      answers.push(agent.fetch(new Request(`http://any/${path}`)))
      if (index % ABREAST === 0) await sleep(0)
    }
    await settled(agent, count)
    await untilNoSlot(runtime)
    const each = ((await residentBytes()) - empty) / count / KIB
    if (kind === 'fetch') await upstream.answer(answers)
    else {
      agent.kill('measured')
      await Promise.all(answers)
    }
    return {
      measure: `resident, each JS agent that waits (${kind})`,
      subject: `${count} at once`,
      unit: 'KiB',
      value: constant(each),
      note: 'all of them without a slot',
      ...(count === MOST ? { goal: GOAL } : {}),
    }
  } finally {
    await runtime.close()
  }
}

async function open(upstream: Upstream): Promise<{ runtime: Runtime; agent: Agent }> {
  const runtime = new Runtime({
    pool: { idleMs: IDLE_MS },
    capabilities: [http(upstream, { timeoutMs: LONG_MS })],
    waiting: { maxBytes: 2 * GIB, maxBytesByAgent: 2 * GIB, max: MOST, maxByAgent: MOST },
  })
  const { component, manifest } = await agentSubject('waiting')
  const limits = { ...manifest.limits, deadlineMs: LONG_MS, concurrency: MOST }
  return { runtime, agent: await runtime.load({ component, manifest: { ...manifest, limits } }) }
}

/** Answers when told to. */
class Upstream {
  readonly name = 'bench'
  readonly #pending: (() => void)[] = []

  fetch = (): Promise<Response> =>
    new Promise((resolve) => this.#pending.push(() => resolve(new Response('late'))))

  async answer(asked: readonly Promise<Response>[]): Promise<void> {
    for (const go of this.#pending.splice(0)) go()
    for (const answer of asked)
      assertEqualAnswers({ expected: 'late', mayfly: await (await answer).text() })
  }
}

async function settled(agent: Agent, count: number): Promise<void> {
  while (agent.stats().waiting.guests < count) {
    if (agent.stats().active < count) throw new Error('an invocation ended instead of waiting')
    await sleep(5)
  }
}

async function untilNoSlot(runtime: Runtime): Promise<void> {
  while (runtime.stats().slots.alive > 0) await sleep(IDLE_MS / 4)
}
