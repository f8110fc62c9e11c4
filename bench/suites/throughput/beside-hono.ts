/** Over HTTP, each subject in turn with bare Hono: the share of its requests that agents answer. @module */
import { join } from 'node:path'
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import type { Finding } from '../../measure/result.ts'
import { BenchServer } from '../../measure/server.ts'
import { summarise } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'

const SERVER = join(import.meta.dirname, 'server.ts')
const CONNECTIONS = 32
const ROUNDS = { quick: 2, full: 12 }
const SECONDS = { quick: 0.2, full: 0.5 }
const WARM_UP = { connections: 8, seconds: 1 }

/** `atLeast` of what bare Hono answers in the same time. */
const PAIRS = [
  { subject: 'AssemblyScript, 100 B', path: '/hundred/', atLeast: 0.7 },
  { subject: 'TypeScript', path: '/fetch/', atLeast: 0.3 },
  { subject: 'Hono inside', path: '/hello/', atLeast: 0.24 },
  { subject: 'AssemblyScript, 1 MiB', path: '/large/', atLeast: 0.7 },
] as const

export const besideHono: Case = {
  name: 'beside-hono',
  against: false,
  async run({ quick, progress }) {
    const seconds = quick ? SECONDS.quick : SECONDS.full
    const rounds = quick ? ROUNDS.quick : ROUNDS.full
    using bare = await BenchServer.start(SERVER, ['hono', '0'])
    using mayfly = await BenchServer.start(SERVER, ['mayfly', '0', '1', '0'])
    const findings: Finding[] = []
    for (const [index, { subject, path, atLeast }] of PAIRS.entries()) {
      assertEqualAnswers({ bare: await bare.text(path), mayfly: await mayfly.text(path) })
      for (const server of [bare, mayfly]) if (!quick) await server.load(path, WARM_UP)
      const rates = { bare: [] as number[], mayfly: [] as number[], ratio: [] as number[] }
      const cpu = { bare: [] as number[], mayfly: [] as number[] }
      for (let round = 0; round < rounds; round++) {
        const options = { connections: CONNECTIONS, seconds }
        const contender = await bare.load(path, options)
        const own = await mayfly.load(path, options)
        rates.bare.push(contender.perSecond)
        rates.mayfly.push(own.perSecond)
        rates.ratio.push(own.perSecond / contender.perSecond)
        cpu.bare.push(contender.cpuMicros)
        cpu.mayfly.push(own.cpuMicros)
      }
      const measure = `HTTP, ${CONNECTIONS} connections in turn with bare Hono: throughput`
      findings.push(
        {
          measure,
          subject: `bare Hono beside ${subject}`,
          contender: true,
          unit: 'req/s',
          value: summarise(rates.bare),
          cpu: summarise(cpu.bare),
        },
        {
          measure,
          subject,
          unit: 'req/s',
          value: summarise(rates.mayfly),
          cpu: summarise(cpu.mayfly),
          ratio: { of: 'mayfly ÷ bare Hono', value: summarise(rates.ratio) },
          goal: { on: 'ratio', quantile: 'p50', atLeast },
        },
      )
      progress((index + 1) / PAIRS.length)
    }
    return findings
  },
}
