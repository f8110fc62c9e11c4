/** Distinct agents, by their number: memory of each, memory they share, and the first answer of each. @module */
import type { Agent } from '../../../runtime/agents/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import { residentBytes } from '../../measure/resident.ts'
import type { Finding } from '../../measure/result.ts'
import { constant, summarise } from '../../measure/statistics.ts'
import { holdSlot } from '../agents/held-slot.ts'
import { AgentFactory, answerOf } from '../agents/subjects/agent-factory.ts'
import type { Case } from '../suite.ts'

const KIB = 1024
const MICROS = 1000
const COUNTS = { quick: [1, 10, 100], full: [1, 10, 100, 1000, 10_000] }
// Enough for a p99, few enough to take a second.
const FIRST_ANSWERS = 1000
/** With only a hundred agents the shared part would weigh more on each. */
const GOAL_AGENTS = 10_000

export const agents: Case = {
  name: 'agents',
  async run({ quick, progress }) {
    const counts = quick ? COUNTS.quick : COUNTS.full
    const most = counts.at(-1) ?? 1
    using factory = new AgentFactory()
    const first = await factory.build(0)
    const wholeImage = (await holdSlot(first, { marks: true, fuel: true })).imageBytes / KIB
    const runtime = new Runtime()
    const loaded: Agent[] = []
    const empty = await residentBytes()
    const findings: Finding[] = []
    const loads: number[] = []
    let next = Promise.resolve(first)
    for (let index = 0; index < most; index++) {
      const component = await next
      // The next is built while this one is loaded.
      next = factory.build(index + 1)
      const start = performance.now()
      loaded.push(await runtime.load({ component, manifest: { name: `agent-${index}` } }))
      loads.push((performance.now() - start) * MICROS)
      progress((0.95 * (index + 1)) / most)
      const count = index + 1
      if (!counts.includes(count)) continue
      const each = ((await residentBytes()) - empty) / count / KIB
      findings.push(...sizes(loaded, each, wholeImage))
    }
    findings.push(furtherLoads(loads), await firstAnswers(loaded))
    return findings
  },
}

function sizes(loaded: readonly Agent[], each: number, wholeImage: number): Finding[] {
  const count = loaded.length
  const subject = `${count} agents`
  const own = summarise(loaded.map((agent) => agent.stats().imageBytes / KIB))
  return [
    {
      measure: 'resident, each loaded JS agent',
      subject,
      unit: 'KiB',
      value: constant(each),
      note: 'the first brings the compiled engine along',
      ...(count === GOAL_AGENTS
        ? { goal: { on: 'value', quantile: 'p50', atMost: 150 } as const }
        : {}),
    },
    {
      measure: 'pages no other agent shares, each',
      subject,
      unit: 'KiB',
      value: own,
      ratio: { of: 'own pages ÷ pages of the image', value: constant(own.p50 / wholeImage) },
    },
  ]
}

/** The first load brings the engine, which is compiled once. */
function furtherLoads([, ...further]: readonly number[]): Finding {
  return {
    measure: 'load of a further JS agent',
    subject: `${further.length + 1} agents`,
    unit: 'µs',
    value: summarise(further),
    note: 'another process builds the next agent meanwhile',
    goal: { on: 'value', quantile: 'p50', atMost: 6000 },
  }
}

async function firstAnswers(loaded: readonly Agent[]): Promise<Finding> {
  const count = loaded.length
  const times: number[] = []
  const step = Math.max(1, Math.floor(count / FIRST_ANSWERS))
  for (let index = count - 1; index >= 0; index -= step) {
    const agent = loaded[index]
    if (agent === undefined) continue
    const request = new Request('http://any/')
    const start = performance.now()
    const response = await agent.fetch(request)
    times.push((performance.now() - start) * MICROS)
    assertEqualAnswers({ expected: answerOf(index), mayfly: await response.text() })
  }
  return {
    measure: 'first answer of a loaded JS agent',
    subject: `${count} agents`,
    unit: 'µs',
    value: summarise(times),
    goal: { on: 'value', quantile: 'p99', atMost: 200 },
  }
}
