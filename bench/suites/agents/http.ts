/**
 * Agents behind our HTTP host, beside bare Hono on the same Node: one thread serves, one client process asks.
 *
 * @module
 */
import { join } from 'node:path'
import type { Finding } from '../../measure/result.ts'
import { BenchServer, type ServerLoad } from '../../measure/server.ts'
import { summarise } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'

const SERVER = join(import.meta.dirname, 'http-server.ts')
const CONNECTIONS = 32
const PACE = { quick: { rounds: 2, seconds: 0.5 }, full: { rounds: 6, seconds: 3 } }
const MAX_P99_RATIO = 3

const TARGETS = [
  { name: 'bare Hono', kind: 'bare', path: '/', atLeast: 1 },
  { name: 'AssemblyScript agent', kind: 'mayfly', path: '/text/', atLeast: 0.7 },
  { name: 'TypeScript fetch agent', kind: 'mayfly', path: '/fetch/', atLeast: 0.5 },
  { name: 'Hono in the agent', kind: 'mayfly', path: '/hello/', atLeast: 0.2 },
] as const

export const http: Case = {
  name: 'http',
  against: false,
  async run({ quick, progress }) {
    const { rounds, seconds } = quick ? PACE.quick : PACE.full
    using bareServer = await BenchServer.start(SERVER, ['bare'])
    using mayflyServer = await BenchServer.start(SERVER, ['mayfly'])
    const servers = { bare: bareServer, mayfly: mayflyServer }
    const loads = TARGETS.map((): ServerLoad[] => [])
    const ask = (index: number, duration: number): Promise<ServerLoad> => {
      const { kind, path } = TARGETS[index] ?? TARGETS[0]
      return servers[kind].load(path, { connections: CONNECTIONS, seconds: duration })
    }
    for (const index of TARGETS.keys()) await ask(index, 1)
    for (let round = 0; round < rounds; round++) {
      const order = [...TARGETS.keys()]
      if (round % 2 === 1) order.reverse()
      for (const index of order) loads[index]?.push(await ask(index, seconds))
      progress((round + 1) / rounds)
    }
    const bare = loads[0] ?? []
    return TARGETS.flatMap(({ name, kind, atLeast }, index) =>
      findings(name, loads[index] ?? [], kind === 'bare' ? undefined : { bare, atLeast }),
    )
  },
}

function findings(
  subject: string,
  own: readonly ServerLoad[],
  against: { bare: readonly ServerLoad[]; atLeast: number } | undefined,
): Finding[] {
  const throughput: Finding = {
    measure: 'HTTP: throughput',
    subject,
    unit: 'req/s',
    value: summarise(own.map(({ perSecond }) => perSecond)),
  }
  const processor: Finding = {
    measure: 'HTTP: processor time of the server, each request',
    subject,
    unit: 'µs',
    value: summarise(own.map(({ cpuMicros }) => cpuMicros)),
    note: 'holds on a busy machine, where throughput does not',
  }
  const latency: Finding = {
    measure: 'HTTP: latency p99',
    subject,
    unit: 'ms',
    value: summarise(own.map(({ latency }) => latency.p99)),
    note: 'quantiles are over rounds',
  }
  if (against === undefined) return [throughput, latency, processor]
  const ratio = (of: (load: ServerLoad) => number): Finding['ratio'] => ({
    of: `${subject} ÷ bare Hono`,
    value: summarise(own.map((load, round) => of(load) / of(against.bare[round] ?? load))),
  })
  const rate = ratio(({ perSecond }) => perSecond)
  const micros = ratio(({ cpuMicros }) => cpuMicros)
  const p99 = ratio((each) => each.latency.p99)
  return [
    {
      ...throughput,
      ...(rate && { ratio: rate }),
      goal: { on: 'ratio', quantile: 'p50', atLeast: against.atLeast },
    },
    {
      ...latency,
      ...(p99 && { ratio: p99 }),
      goal: { on: 'ratio', quantile: 'p50', atMost: MAX_P99_RATIO },
    },
    { ...processor, ...(micros && { ratio: micros }) },
  ]
}
