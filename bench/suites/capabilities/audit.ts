/** The audit log: the cost of a record where it is noted, and in all. @module */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { AuditFile, auditKey } from '../../../host/drivers/audit-file/index.ts'
import type { AuditEvent } from '../../../runtime/audit/index.ts'
import { BenchServer, type ServerLoad } from '../../measure/server.ts'
import { summarise } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'

const MAX_MICROS = 5
const MAX_COST = 1.05
// The batch of the writer, and the number of batches between two flushes of a busy host.
const BATCH = 64
const BATCHES_A_FLUSH = 8
const FLUSHES = { quick: 40, full: 400 }
const MICROS = 1000

export const auditRecord: Case = {
  name: 'audit-record',
  async run({ quick, progress }) {
    const directory = mkdtempSync(join(tmpdir(), 'mayfly-bench-audit-'))
    const key = auditKey(join(directory, 'audit.key'))
    const file = new AuditFile({ directory, writer: 'main', host: 'bench', key })
    const flushes = quick ? FLUSHES.quick : FLUSHES.full
    const noted: number[] = []
    const written: number[] = []
    for (let flush = 0; flush < flushes; flush++) {
      let noteMs = 0
      let restMs = 0
      for (let batch = 0; batch < BATCHES_A_FLUSH; batch++) {
        const start = performance.now()
        for (let index = 0; index < BATCH; index++) file.append(eventOf(flush * BATCH + index))
        const middle = performance.now()
        // The batch is encoded and hashed in the turn that follows it.
        await turn()
        noteMs += middle - start
        restMs += performance.now() - middle
      }
      const start = performance.now()
      file.flush()
      restMs += performance.now() - start
      noted.push((noteMs * MICROS) / (BATCH * BATCHES_A_FLUSH))
      written.push(((noteMs + restMs) * MICROS) / (BATCH * BATCHES_A_FLUSH))
      progress((flush + 1) / flushes)
    }
    file.close()
    rmSync(directory, { recursive: true })
    return [
      {
        measure: 'audit record: noted on the request path',
        subject: 'mayfly',
        unit: 'µs',
        value: summarise(noted),
        goal: { on: 'value', quantile: 'p50', atMost: MAX_MICROS },
      },
      {
        measure: 'audit record: noted, encoded, hashed, signed and written',
        subject: 'mayfly',
        unit: 'µs',
        value: summarise(written),
        note: 'between requests, on the same thread',
      },
    ]
  },
}

/** As an invocation over HTTP leaves it. */
function eventOf(index: number): AuditEvent {
  return {
    kind: 'invocation',
    agent: 'hello',
    invocation: `9e1c3c5e-1111-2222-3333-${String(index).padStart(12, '0')}`,
    caller: 'http',
    component: `sha256:${'a'.repeat(64)}`,
    policy: `sha256:${'b'.repeat(64)}`,
    outcome: 'completed',
    status: 200,
    fuel: 12_345,
    durationMs: 1.25,
  }
}

const SERVER = join(import.meta.dirname, 'audit-server.ts')
const MODES = ['on', 'off'] as const
const CONNECTIONS = 16
const PACE = { quick: { rounds: 2, seconds: 1 }, full: { rounds: 30, seconds: 1 } }

export const auditThroughput: Case = {
  name: 'audit-throughput',
  against: false,
  async run({ quick, progress }) {
    const { rounds, seconds } = quick ? PACE.quick : PACE.full
    using onServer = await BenchServer.start(SERVER, ['on'])
    using offServer = await BenchServer.start(SERVER, ['off'])
    const servers = { on: onServer, off: offServer }
    const loads = { on: [] as ServerLoad[], off: [] as ServerLoad[] }
    const ask = (mode: 'on' | 'off', duration: number): Promise<ServerLoad> =>
      servers[mode].load('/fetch/', { connections: CONNECTIONS, seconds: duration })
    for (const mode of MODES) await ask(mode, 1)
    for (let round = 0; round < rounds; round++) {
      // Turn about, and each first as often as the other.
      for (const mode of round % 2 === 0 ? MODES : MODES.toReversed()) {
        loads[mode].push(await ask(mode, seconds))
      }
      progress((round + 1) / rounds)
    }
    const ratio = (of: (load: ServerLoad) => number): number[] =>
      loads.on.map((load, round) => of(load) / of(loads.off[round] ?? load))
    const micros = (mode: 'on' | 'off') => summarise(loads[mode].map((load) => load.cpuMicros))
    const rate = (mode: 'on' | 'off') => summarise(loads[mode].map((load) => load.perSecond))
    return [
      {
        measure: 'HTTP: processor time of the server, each request',
        subject: 'with audit',
        unit: 'µs',
        value: micros('on'),
        ratio: { of: 'with ÷ without', value: summarise(ratio(({ cpuMicros }) => cpuMicros)) },
        goal: { on: 'ratio', quantile: 'p50', atMost: MAX_COST },
        note: 'what throughput is made of, and holds on a busy machine',
      },
      {
        measure: 'HTTP: processor time of the server, each request',
        subject: 'without audit',
        unit: 'µs',
        value: micros('off'),
      },
      {
        measure: 'HTTP: throughput',
        subject: 'with audit',
        unit: 'req/s',
        value: rate('on'),
        ratio: { of: 'with ÷ without', value: summarise(ratio(({ perSecond }) => perSecond)) },
      },
      {
        measure: 'HTTP: throughput',
        subject: 'without audit',
        unit: 'req/s',
        value: rate('off'),
      },
    ]
  },
}
