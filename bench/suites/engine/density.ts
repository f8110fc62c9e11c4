/** How many agents fit, loaded and suspended. @module */
import { setTimeout as sleep } from 'node:timers/promises'
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import { residentBytes } from '../../measure/resident.ts'
import { constant, summarise } from '../../measure/statistics.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import type { Agent } from '../../../runtime/engine/index.ts'
import type { Case } from '../suite.ts'
import { AgentFactory, answerOf } from './subjects/agent-factory.ts'
import { agentSubject } from './subjects/components.ts'

const KIB = 1024
const MIB = 1024 * KIB
const MICROS = 1000
const AGENTS = { quick: 100, full: 10_000 }
// Enough for a p99, few enough to take a second.
const FIRST_ANSWERS = 1000
const SUSPENDED = { quick: 200, full: 1000 }

/** Distinct agents of one shape, and the first answer of each. */
export const density: Case = {
  name: 'density',
  async run({ quick, progress }) {
    const count = quick ? AGENTS.quick : AGENTS.full
    using factory = new AgentFactory()
    const runtime = new Runtime()
    const agents = [await load(runtime, await factory.build(0), 0)]
    const before = await residentBytes()
    let next = factory.build(1)
    for (let index = 1; index <= count; index++) {
      const component = await next
      // The next is built while this one is loaded.
      next = factory.build(index + 1)
      agents.push(await load(runtime, component, index))
      progress((0.9 * index) / count)
    }
    const bytes = (await residentBytes()) - before
    const first: number[] = []
    const step = Math.max(1, Math.floor(count / FIRST_ANSWERS))
    for (let index = count; index >= 0; index -= step) {
      const agent = agents[index]
      if (agent === undefined) continue
      const request = new Request('http://any/')
      const start = performance.now()
      const response = await agent.fetch(request)
      first.push((performance.now() - start) * MICROS)
      assertEqualAnswers({ expected: answerOf(index), mayfly: await response.text() })
    }
    const own = summarise(agents.map((agent) => agent.stats().imageBytes / KIB))
    const measure = `${count.toLocaleString('en')} distinct JS agents`
    return [
      {
        measure: `${measure}: resident, each`,
        subject: 'mayfly',
        unit: 'KiB',
        value: constant(bytes / count / KIB),
        // Of ten thousand: what all share weighs more on each of a hundred.
        ...(quick ? {} : { goal: { on: 'value', quantile: 'p50', atMost: 150 } }),
      },
      { measure: `${measure}: own pages of an image`, subject: 'mayfly', unit: 'KiB', value: own },
      {
        measure: `${measure}: first answer`,
        subject: 'mayfly',
        unit: 'µs',
        value: summarise(first),
        goal: { on: 'value', quantile: 'p99', atMost: 200 },
      },
    ]
  },
}

/** Agents that all wait for an upstream at once, on one thread. */
export const suspended: Case = {
  name: 'suspended',
  async run({ quick }) {
    const count = quick ? SUSPENDED.quick : SUSPENDED.full
    const waiting: (() => void)[] = []
    const http = {
      name: 'bench',
      fetch: () =>
        new Promise<Response>((resolve) => waiting.push(() => resolve(new Response('late')))),
    }
    const runtime = new Runtime({ drivers: { http }, pool: { maxBytes: 8192 * MIB } })
    const agent = await runtime.load(await agentSubject('waiting'))
    const request = new Request('http://any/')
    const warm = agent.fetch(request)
    while (waiting.length === 0) await sleep(1)
    waiting.pop()?.()
    assertEqualAnswers({ expected: 'late', mayfly: await (await warm).text() })
    const before = await residentBytes()
    const answers = Array.from({ length: count }, () => agent.fetch(request))
    while (waiting.length < count) await sleep(5)
    const bytes = (await residentBytes()) - before
    for (const go of waiting) go()
    for (const response of await Promise.all(answers)) {
      assertEqualAnswers({ expected: 'late', mayfly: await response.text() })
    }
    return [
      {
        measure: `${count.toLocaleString('en')} suspended JS agents: resident`,
        subject: 'mayfly',
        unit: 'MiB',
        value: constant(bytes / MIB),
        // Of a thousand.
        goal: { on: 'value', quantile: 'p50', atMost: (400 * count) / 1000 },
      },
    ]
  },
}

function load(runtime: Runtime, component: Uint8Array, index: number): Promise<Agent> {
  return runtime.load({ component, manifest: { name: `agent-${index}` } })
}
