/**
 * Agents behind our HTTP host, beside servers without one on the same Node: one thread serves, one client process asks on
 * 32 connections.
 *
 * Those beside, but for quickjs-emscripten, have no sandbox and keep their state. The client may be their bound.
 *
 * @module
 */
import { join } from 'node:path'
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import type { Finding } from '../../measure/result.ts'
import { BenchServer, type ServerLoad } from '../../measure/server.ts'
import { summarise } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'
import { ORDER, ORDER_REQUEST, ORDER_TOTAL } from './subjects/order.ts'

const SERVER = join(import.meta.dirname, 'http-server.ts')
const CONNECTIONS = 32
const PACE = {
  quick: { rounds: 2, seconds: 0.4, warmUpSeconds: 0.4 },
  full: { rounds: 6, seconds: 3, warmUpSeconds: 1 },
}
const MAX_P99_RATIO = 3

interface Target {
  readonly name: string
  readonly kind: 'bare' | 'node' | 'quickjs' | 'mayfly'
  readonly path: string
  /** Posts the order; otherwise it is a GET. */
  readonly posts?: boolean
  /** The target that it is compared with, and the least share of its throughput. */
  readonly beside?: { readonly name: string; readonly atLeast?: number }
}

const BARE = 'bare Hono'
const NODE_POST = 'node:http, POST of JSON'
const TARGETS: readonly Target[] = [
  { name: BARE, kind: 'bare', path: '/' },
  {
    name: 'AssemblyScript agent',
    kind: 'mayfly',
    path: '/text/',
    beside: { name: BARE, atLeast: 0.7 },
  },
  {
    name: 'TypeScript fetch agent',
    kind: 'mayfly',
    path: '/fetch/',
    beside: { name: BARE, atLeast: 0.5 },
  },
  {
    name: 'Hono in the agent',
    kind: 'mayfly',
    path: '/hello/',
    beside: { name: BARE, atLeast: 0.2 },
  },
  { name: 'node:http', kind: 'node', path: '/', beside: { name: BARE } },
  { name: NODE_POST, kind: 'node', path: '/', posts: true },
  {
    name: 'TypeScript fetch agent, POST of JSON',
    kind: 'mayfly',
    path: '/order/',
    posts: true,
    beside: { name: NODE_POST },
  },
  {
    name: 'quickjs-emscripten behind node:http, POST of JSON',
    kind: 'quickjs',
    path: '/',
    posts: true,
    beside: { name: NODE_POST },
  },
]

export const http: Case = {
  name: 'http',
  against: false,
  async run({ quick, progress }) {
    const { rounds, seconds, warmUpSeconds } = quick ? PACE.quick : PACE.full
    using bare = await BenchServer.start(SERVER, ['bare'])
    using node = await BenchServer.start(SERVER, ['node'])
    using quickjs = await BenchServer.start(SERVER, ['quickjs'])
    using mayfly = await BenchServer.start(SERVER, ['mayfly'])
    const servers = { bare, node, quickjs, mayfly }
    const answers: Record<string, string> = { expected: `200 ${ORDER_TOTAL}` }
    for (const { name, kind, path, posts } of TARGETS)
      if (posts) answers[name] = await servers[kind].text(path, ORDER_REQUEST)
    assertEqualAnswers(answers)
    const loads = new Map<string, ServerLoad[]>()
    const ask = ({ kind, path, posts }: Target, duration: number): Promise<ServerLoad> =>
      servers[kind].load(path, {
        connections: CONNECTIONS,
        seconds: duration,
        ...(posts ? { json: ORDER } : {}),
      })
    for (const target of TARGETS) {
      loads.set(target.name, [])
      await ask(target, warmUpSeconds)
    }
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? TARGETS : TARGETS.toReversed()
      for (const target of order) loads.get(target.name)?.push(await ask(target, seconds))
      progress((round + 1) / rounds)
    }
    return TARGETS.flatMap((target) => findings(target, loads))
  },
}

function findings(
  { name, kind, beside }: Target,
  loads: ReadonlyMap<string, readonly ServerLoad[]>,
): Finding[] {
  const own = loads.get(name) ?? []
  const common = { subject: name, ...(kind === 'mayfly' ? {} : { contender: true }) }
  const throughput: Finding = {
    ...common,
    measure: 'HTTP: throughput',
    unit: 'req/s',
    value: summarise(own.map(({ perSecond }) => perSecond)),
  }
  const processor: Finding = {
    ...common,
    measure: 'HTTP: processor time of the server, each request',
    unit: 'µs',
    value: summarise(own.map(({ cpuMicros }) => cpuMicros)),
    note: 'holds on a busy machine, where throughput does not',
  }
  const latency: Finding = {
    ...common,
    measure: 'HTTP: latency p99',
    unit: 'ms',
    value: summarise(own.map(({ latency }) => latency.p99)),
    note: 'quantiles are over rounds',
  }
  if (beside === undefined) return [throughput, latency, processor]
  const others = loads.get(beside.name) ?? []
  const ratio = (of: (load: ServerLoad) => number) => ({
    of: `${name} ÷ ${beside.name}`,
    value: summarise(own.map((load, round) => of(load) / of(others[round] ?? load))),
  })
  const { atLeast } = beside
  const rate = { ...throughput, ratio: ratio(({ perSecond }) => perSecond) }
  const p99 = { ...latency, ratio: ratio((each) => each.latency.p99) }
  const micros = { ...processor, ratio: ratio(({ cpuMicros }) => cpuMicros) }
  if (atLeast === undefined) return [rate, p99, micros]
  return [
    { ...rate, goal: { on: 'ratio', quantile: 'p50', atLeast } },
    { ...p99, goal: { on: 'ratio', quantile: 'p50', atMost: MAX_P99_RATIO } },
    micros,
  ]
}
