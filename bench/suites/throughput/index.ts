/** Throughput: in process by the number of requests under way, and over HTTP by connections. @module */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Agent } from '../../../runtime/engine/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import type { Finding } from '../../measure/result.ts'
import { constant, summarise } from '../../measure/statistics.ts'
import { AgentFactory } from '../engine/subjects/agent-factory.ts'
import { agentSubject } from '../engine/subjects/components.ts'
import type { Case } from '../suite.ts'
import { connections } from './connections.ts'

const MICROS = 1000
const CONCURRENCY = [1, 8, 32, 128]
const SECONDS = { quick: 0.25, full: 3 }
const AGENTS = { quick: 50, full: 1000 }
const UPSTREAM_MS = 50

/** One agent, by the number of requests under way. */
const concurrency: Case = {
  name: 'concurrency',
  async run({ quick, progress }) {
    const seconds = quick ? SECONDS.quick : SECONDS.full
    const http = {
      name: 'bench',
      fetch: () => sleep(UPSTREAM_MS).then(() => new Response('late')),
    }
    const runtime = new Runtime({ drivers: { http } })
    const computing = await runtime.load(await agentSubject('fetch'))
    const waiting = await runtime.load(await agentSubject('waiting'))
    const findings: Finding[] = []
    for (const [index, underWay] of CONCURRENCY.entries()) {
      for (const [subject, agent] of [
        ['TypeScript agent', computing],
        [`the same, waiting ${UPSTREAM_MS} ms`, waiting],
      ] as const) {
        await drive(() => agent, underWay, seconds / 4)
        const { perSecond, latencies } = await drive(() => agent, underWay, seconds)
        findings.push(
          {
            measure: `in process, ${underWay} under way: throughput`,
            subject,
            unit: 'req/s',
            value: constant(perSecond),
          },
          {
            measure: `in process, ${underWay} under way: latency`,
            subject,
            unit: 'µs',
            value: summarise(latencies),
          },
        )
      }
      progress((index + 1) / CONCURRENCY.length)
    }
    return findings
  },
}

/** Many agents on the same slots: each request may find the image of another. */
const many: Case = {
  name: 'many-agents',
  async run({ quick, progress }) {
    const count = quick ? AGENTS.quick : AGENTS.full
    const seconds = quick ? SECONDS.quick : SECONDS.full
    using factory = new AgentFactory()
    const runtime = new Runtime()
    const agents: Agent[] = []
    for (let index = 0; index < count; index++) {
      const component = await factory.build(index)
      agents.push(await runtime.load({ component, manifest: { name: `agent-${index}` } }))
      progress((0.8 * (index + 1)) / count)
    }
    const random = seeded()
    const choices: readonly (readonly [string, () => number])[] = [
      ['one agent', () => 0],
      [`${count} agents, uniform`, () => Math.floor(random() * count)],
      // Inverse of the distribution function of Zipf's law with exponent 1, to a good approximation.
      [`${count} agents, Zipf`, () => Math.floor(count ** random()) - 1],
    ]
    const findings: Finding[] = []
    for (const [subject, choose] of choices) {
      const pick = (): Agent => {
        const agent = agents[choose()] ?? agents[0]
        if (agent === undefined) throw new RangeError('Cannot choose an agent: there is none')
        return agent
      }
      await drive(pick, 1, seconds / 2)
      const { latencies } = await drive(pick, 1, seconds)
      findings.push({
        measure: 'in process, one under way: latency',
        subject,
        unit: 'µs',
        value: summarise(latencies),
      })
    }
    return findings
  },
}

interface Driven {
  readonly perSecond: number
  /** Microseconds. */
  readonly latencies: readonly number[]
}

/** Keeps `underWay` requests under way for so many seconds. */
async function drive(pick: () => Agent, underWay: number, seconds: number): Promise<Driven> {
  const latencies: number[] = []
  const request = new Request('http://any/')
  const start = performance.now()
  const end = start + seconds * 1000
  await Promise.all(
    Array.from({ length: underWay }, async () => {
      while (performance.now() < end) {
        const from = performance.now()
        const { status } = await pick().fetch(request)
        if (status !== 200) throw new Error(`Cannot measure: the agent answered ${status}`)
        latencies.push((performance.now() - from) * MICROS)
        // Answers that need no waiting would keep the others from their turn.
        if (underWay > 1) await undefined
      }
    }),
  )
  return { perSecond: (latencies.length * 1000) / (performance.now() - start), latencies }
}

/** The same numbers in every run (mulberry32). */
function seeded(): () => number {
  let state = 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export const throughput: readonly Case[] = [concurrency, many, connections]
