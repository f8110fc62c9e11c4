/** Distinct agents, by their number: memory of each, memory they share, and the first answer of each. @module */
import type { Agent } from '../../../runtime/agents/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import { runDelayMs } from '../../measure/run-delay.ts'
import { residentBytes } from '../../measure/resident.ts'
import type { Finding } from '../../measure/result.ts'
import { constant, summarise } from '../../measure/statistics.ts'
import { holdSlot } from '../agents/held-slot.ts'
import { AgentFactory, answerOf } from '../agents/subjects/agent-factory.ts'
import type { Case } from '../suite.ts'

const KIB = 1024
const MICROS = 1000
const COUNTS = { quick: [1, 10, 100], full: [1, 10, 100, 1000, 10_000] }
// About as long as an answer.
const LOOP_TURNS = 90_000
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
    findings.push(furtherLoads(loads), ...(await firstAnswers(loaded)))
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

/** Beside each a loop of about the same length, which shows what the machine adds. */
async function firstAnswers(loaded: readonly Agent[]): Promise<Finding[]> {
  const times: number[] = []
  const own: number[] = []
  const control: number[] = []
  for (const [index, agent] of loaded.entries()) {
    const request = new Request('http://any/')
    const before = runDelayMs()
    const start = performance.now()
    const response = await agent.fetch(request)
    const taken = performance.now() - start
    times.push(taken * MICROS)
    own.push((taken - (runDelayMs() - before)) * MICROS)
    assertEqualAnswers({ expected: answerOf(index), mayfly: await response.text() })
    control.push(ownTimeOf(loop) * MICROS)
  }
  const subject = `${loaded.length} agents`
  const measure = 'first answer of a loaded JS agent'
  return [
    {
      measure,
      subject,
      unit: 'µs',
      value: summarise(times),
      goal: { on: 'value', quantile: 'p99', atMost: 1000 },
    },
    {
      measure: `${measure}, without waits for a processor`,
      subject,
      unit: 'µs',
      value: summarise(own),
      goal: { on: 'value', quantile: 'p99', atMost: 300 },
    },
    {
      measure: 'a loop beside it, without waits for a processor',
      subject,
      unit: 'µs',
      value: summarise(control),
    },
  ]
}

function ownTimeOf(run: () => unknown): number {
  const before = runDelayMs()
  const start = performance.now()
  run()
  return performance.now() - start - (runDelayMs() - before)
}

function loop(): number {
  let sum = 0
  for (let turn = 0; turn < LOOP_TURNS; turn++) sum = (sum * 31 + turn) | 0
  return sum
}
