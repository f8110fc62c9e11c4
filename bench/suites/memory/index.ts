/** Memory: what an agent, an idle slot and a waiting invocation hold, and whether it stays that way. @module */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Agent } from '../../../runtime/engine/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { residentBytes } from '../../measure/resident.ts'
import type { Finding } from '../../measure/result.ts'
import { constant, summarise } from '../../measure/statistics.ts'
import { AgentFactory } from '../engine/subjects/agent-factory.ts'
import { agentSubject } from '../engine/subjects/components.ts'
import type { Case } from '../suite.ts'

const KIB = 1024
const GIB = 1024 * 1024 * KIB
const COUNTS = { quick: [1, 10, 100], full: [1, 10, 100, 1000, 10_000] }
const SLOTS = { quick: [1, 10, 100], full: [1, 10, 100, 1000] }
const REQUESTS = { quick: 4000, full: 100_000 }

/** Distinct agents, by their number. */
const agents: Case = {
  name: 'agents',
  async run({ quick, progress }) {
    const counts = quick ? COUNTS.quick : COUNTS.full
    const most = counts.at(-1) ?? 1
    using factory = new AgentFactory()
    const runtime = new Runtime()
    const loaded: Agent[] = []
    const empty = await residentBytes()
    const findings: Finding[] = []
    for (let index = 0; index < most; index++) {
      const component = await factory.build(index)
      loaded.push(await runtime.load({ component, manifest: { name: `agent-${index}` } }))
      progress((index + 1) / most)
      const count = index + 1
      if (!counts.includes(count)) continue
      const bytes = (await residentBytes()) - empty
      const own = loaded.map((agent) => agent.stats().imageBytes / KIB)
      findings.push(
        {
          measure: 'resident, each loaded JS agent',
          subject: `${count} agents`,
          unit: 'KiB',
          value: constant(bytes / count / KIB),
          note: 'the first brings the compiled engine along',
        },
        {
          measure: 'pages no other agent shares, each',
          subject: `${count} agents`,
          unit: 'KiB',
          value: summarise(own),
        },
      )
    }
    return findings
  },
}

/** Invocations that wait at once, and the slots that are idle after them. */
const slots: Case = {
  name: 'slots',
  async run({ quick, progress }) {
    const waiting: (() => void)[] = []
    const http = {
      name: 'bench',
      fetch: () =>
        new Promise<Response>((resolve) => waiting.push(() => resolve(new Response('late')))),
    }
    const pool = { maxBytes: 8 * GIB, idleMs: 60_000 }
    const agent = await new Runtime({ drivers: { http }, pool }).load(await agentSubject('waiting'))
    const request = new Request('http://any/')
    const rounds = quick ? SLOTS.quick : SLOTS.full
    const empty = await residentBytes()
    const findings: Finding[] = []
    for (const [index, count] of rounds.entries()) {
      const answers = Array.from({ length: count }, () => agent.fetch(request))
      while (waiting.length < count) await sleep(5)
      const suspended = (await residentBytes()) - empty
      for (const go of waiting.splice(0)) go()
      await Promise.all(answers)
      const idle = (await residentBytes()) - empty
      const finding = (measure: string, bytes: number): Finding => ({
        measure,
        subject: `${count} at once`,
        unit: 'KiB',
        value: constant(bytes / count / KIB),
      })
      findings.push(
        finding('resident, each suspended invocation', suspended),
        finding('resident, each idle slot', idle),
      )
      progress((index + 1) / rounds.length)
    }
    return findings
  },
}

/** One agent, asked again and again. */
const growth: Case = {
  name: 'growth',
  async run({ quick, progress }) {
    const requests = quick ? REQUESTS.quick : REQUESTS.full
    const agent = await new Runtime().load(await agentSubject('fetch'))
    const request = new Request('http://any/')
    const ask = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index++) await agent.fetch(request)
    }
    await ask(requests / 10)
    const before = await residentBytes()
    for (let tenth = 1; tenth <= 10; tenth++) {
      await ask(requests / 10)
      progress(tenth / 10)
    }
    const grown = (await residentBytes()) - before
    return [
      {
        measure: `growth over ${requests.toLocaleString('en')} requests`,
        subject: 'mayfly',
        unit: 'KiB',
        value: constant(grown / KIB),
      },
    ]
  },
}

export const memory: readonly Case[] = [agents, slots, growth]
