/** Over HTTP, by connections, by size of the answer and by worker threads. @module */
import { join } from 'node:path'
import type { Finding } from '../../measure/result.ts'
import { BenchServer } from '../../measure/server.ts'
import { constant } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'

const SERVER = join(import.meta.dirname, '..', 'engine', 'http-server.ts')
const CONNECTIONS = { quick: [1, 32], full: [1, 8, 32, 128, 256] }
const SECONDS = { quick: 1, full: 4 }

const TARGETS = [
  { subject: 'bare Hono', server: 'bare', path: '/' },
  { subject: 'AssemblyScript agent', server: 'one', path: '/text/' },
  { subject: 'TypeScript agent', server: 'one', path: '/fetch/' },
  { subject: 'TypeScript agent, 2 workers', server: 'two', path: '/fetch/' },
  { subject: 'bare Hono, 1 MiB', server: 'bare', path: '/large' },
  { subject: 'AssemblyScript agent, 1 MiB', server: 'one', path: '/large/' },
] as const

export const connections: Case = {
  name: 'connections',
  async run({ quick, progress }) {
    const seconds = quick ? SECONDS.quick : SECONDS.full
    const steps = quick ? CONNECTIONS.quick : CONNECTIONS.full
    using bare = await BenchServer.start(SERVER, ['bare'])
    using one = await BenchServer.start(SERVER, ['mayfly', '1'])
    using two = await BenchServer.start(SERVER, ['mayfly', '2'])
    const servers = { bare, one, two }
    const findings: Finding[] = []
    for (const [index, count] of steps.entries()) {
      for (const { subject, server, path } of TARGETS) {
        const found = await servers[server].load(path, { connections: count, seconds })
        const { perSecond, p50, p90, p99, cpuMicros } = found
        const measure = `HTTP, ${count} connections`
        findings.push(
          {
            measure: `${measure}: throughput`,
            subject,
            unit: 'req/s',
            value: constant(perSecond),
            cpu: constant(cpuMicros),
          },
          {
            measure: `${measure}: latency`,
            subject,
            unit: 'ms',
            value: { ...constant(p50), p90, p99, max: p99 },
          },
        )
      }
      progress((index + 1) / steps.length)
    }
    return findings
  },
}
