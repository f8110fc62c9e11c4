/**
 * The delay of a relayed event, from the write of the upstream to the read of the client, in turn with the same relay in
 * bare Hono.
 *
 * @module
 */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Finding } from '../../measure/result.ts'
import { BenchServer } from '../../measure/server.ts'
import { quantile, summarise } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'
import { EVENT_MS, Upstream } from './upstream.ts'

const SERVER = join(import.meta.dirname, 'server.ts')
const STREAMS = [1, 32]
const ROUNDS = { quick: 1, full: 12 }
const NANOS_A_MILLI = 1e6
// Of the p99 of bare Hono.
const MOST = 3

export const relay: Case = {
  name: 'relay',
  against: false,
  async run({ quick, progress }) {
    const pace = quick ? 'quick' : 'full'
    using upstream = await Upstream.start()
    const port = String(upstream.port)
    using bare = await BenchServer.start(SERVER, ['hono', port])
    using mayfly = await BenchServer.start(SERVER, ['mayfly', port, '1', '0'])
    const findings: Finding[] = []
    for (const [index, streams] of STREAMS.entries()) {
      for (const server of [bare, mayfly]) await relayed(server, port, streams)
      const delays = { bare: [] as number[], mayfly: [] as number[], ratio: [] as number[] }
      const cpu = { bare: [] as number[], mayfly: [] as number[] }
      for (let round = 0; round < ROUNDS[pace]; round++) {
        const contender = await relayed(bare, port, streams)
        const own = await relayed(mayfly, port, streams)
        delays.bare.push(...contender.delays)
        delays.mayfly.push(...own.delays)
        delays.ratio.push(highest(own.delays) / highest(contender.delays))
        cpu.bare.push(contender.cpuMicros)
        cpu.mayfly.push(own.cpuMicros)
      }
      const measure = `HTTP, delay of a relayed event, ${streams} at once`
      findings.push(
        {
          measure,
          subject: 'bare Hono',
          contender: true,
          unit: 'ms',
          value: summarise(delays.bare),
          cpu: summarise(cpu.bare),
        },
        {
          measure,
          subject: 'TypeScript',
          unit: 'ms',
          value: summarise(delays.mayfly),
          cpu: summarise(cpu.mayfly),
          ratio: { of: 'p99 of mayfly ÷ p99 of bare Hono', value: summarise(delays.ratio) },
          goal: { on: 'ratio', quantile: 'p50', atMost: MOST },
        },
      )
      progress((index + 1) / STREAMS.length)
    }
    return findings
  },
}

function highest(delays: readonly number[]): number {
  return quantile(Float64Array.from(delays).sort(), 0.99)
}

interface Relayed {
  /** Milliseconds. */
  readonly delays: readonly number[]
  /** Of the serving process, for each event, with its share of the request. */
  readonly cpuMicros: number
}

/** Opens streams one after another within the time between two events, and reads them to their ends. */
async function relayed(server: BenchServer, port: string, streams: number): Promise<Relayed> {
  const before = await server.cpuMicros()
  const delays: number[] = []
  await Promise.all(
    Array.from({ length: streams }, async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, (EVENT_MS * index) / streams))
      const asking = get(`${server.url}/relay/${port}`)
      const [response] = (await once(asking, 'response')) as [IncomingMessage]
      response.on('data', (piece: Buffer) => {
        const now = process.hrtime.bigint()
        for (const [, sentAt = '0'] of String(piece).matchAll(/data: (\d+)\n\n/g)) {
          delays.push(Number(now - BigInt(sentAt)) / NANOS_A_MILLI)
        }
      })
      await once(response, 'end')
    }),
  )
  if (delays.length === 0) throw new Error('Cannot measure: no event came')
  return { delays, cpuMicros: ((await server.cpuMicros()) - before) / delays.length }
}
