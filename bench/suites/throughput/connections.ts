/** Over HTTP, by connections: sizes of the answer, waiting for an upstream, one worker thread and two. @module */
import { join } from 'node:path'
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import type { Finding } from '../../measure/result.ts'
import { BenchServer, type ServerLoad } from '../../measure/server.ts'
import { constant } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'
import { Upstream, UPSTREAM_MS } from './upstream.ts'

const SERVER = join(import.meta.dirname, 'server.ts')
const CONNECTIONS = { quick: [1, 32], full: [1, 8, 32, 128, 256] }
const SECONDS = { quick: 0.25, full: 2 }
const WARM_UP = { connections: 8, seconds: 0.5 }

/** `server` by the number of its workers; none is bare Hono, which all answers are compared with. */
const TARGETS = [
  { subject: 'bare Hono, 100 B', server: 0, path: '/hundred/' },
  { subject: 'AssemblyScript, 100 B', server: 1, path: '/hundred/' },
  { subject: 'AssemblyScript, 100 B, 2 workers', server: 2, path: '/hundred/' },
  { subject: 'TypeScript', server: 1, path: '/fetch/' },
  { subject: 'TypeScript, 2 workers', server: 2, path: '/fetch/' },
  { subject: 'bare Hono, 1 MiB', server: 0, path: '/large/' },
  { subject: 'AssemblyScript, 1 MiB', server: 1, path: '/large/' },
  { subject: `bare Hono, waiting ${UPSTREAM_MS} ms`, server: 0, path: '/upstream/' },
  { subject: `TypeScript, waiting ${UPSTREAM_MS} ms`, server: 1, path: '/upstream/' },
] as const

export const connections: Case = {
  name: 'connections',
  against: false,
  async run({ quick, progress }) {
    const seconds = quick ? SECONDS.quick : SECONDS.full
    const steps = quick ? CONNECTIONS.quick : CONNECTIONS.full
    using upstream = await Upstream.start()
    const port = String(upstream.port)
    using bare = await BenchServer.start(SERVER, ['hono', port])
    using one = await BenchServer.start(SERVER, ['mayfly', port, '1', '0'])
    using two = await BenchServer.start(SERVER, ['mayfly', port, '2', '0'])
    const servers = [bare, one, two] as const
    const pathOf = (path: string): string => (path === '/upstream/' ? path + port : path)
    for (const { server, path } of TARGETS) {
      const at = pathOf(path)
      assertEqualAnswers({ bare: await bare.text(at), mayfly: await servers[server].text(at) })
      if (!quick) await servers[server].load(at, WARM_UP)
    }
    const findings: Finding[] = []
    for (const [index, count] of steps.entries()) {
      for (const { subject, server, path } of TARGETS) {
        const found = await servers[server].load(pathOf(path), { connections: count, seconds })
        findings.push(...loadFindings(`HTTP, ${count} connections`, subject, found))
      }
      progress((index + 1) / steps.length)
    }
    return findings
  },
}

/** Requests a second, and the wait of each. */
export function loadFindings(measure: string, subject: string, found: ServerLoad): Finding[] {
  const { perSecond, latency, cpuMicros } = found
  return [
    {
      measure: `${measure}: throughput`,
      subject,
      unit: 'req/s',
      value: constant(perSecond),
      cpu: constant(cpuMicros),
    },
    { measure: `${measure}: latency`, subject, unit: 'ms', value: latency },
  ]
}
