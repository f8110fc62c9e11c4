/**
 * The cost of a process for each tenant: the same requests over HTTP, with guests on the thread that serves, and in the
 * process of their group.
 *
 * The agents are small and call no function of the host, so nothing but HTTP hides the cost of the channel. The client, the
 * host and the process of the group share the cores of the machine.
 *
 * @module
 */
import { join } from 'node:path'
import type { Finding } from '../../measure/result.ts'
import { BenchServer, type ServerLoad } from '../../measure/server.ts'
import { summarise } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'

const SERVER = join(import.meta.dirname, '../agents/http-server.ts')
const CONNECTIONS = 32
const PACE = { quick: { rounds: 2, seconds: 0.5 }, full: { rounds: 6, seconds: 3 } }

const AGENTS = [
  { name: 'AssemblyScript agent', path: '/text/', atMost: 2.5 },
  { name: 'TypeScript fetch agent', path: '/fetch/', atMost: 1.5 },
] as const

export const tenantProcess: Case = {
  name: 'tenant-process',
  against: false,
  async run({ quick, progress }) {
    const { rounds, seconds } = quick ? PACE.quick : PACE.full
    using here = await BenchServer.start(SERVER, ['mayfly'])
    using there = await BenchServer.start(SERVER, ['isolated'])
    const findings: Finding[] = []
    for (const [index, { name, path, atMost }] of AGENTS.entries()) {
      await requireSame(here, there, path)
      const ask = (server: BenchServer): Promise<ServerLoad> =>
        server.load(path, { connections: CONNECTIONS, seconds })
      await ask(here)
      await ask(there)
      const pairs: { readonly own: ServerLoad; readonly isolated: ServerLoad }[] = []
      for (let round = 0; round < rounds; round++) {
        // In turn, so that a busy minute of the machine is in both.
        if (round % 2 === 0) pairs.push({ own: await ask(here), isolated: await ask(there) })
        else {
          const isolated = await ask(there)
          pairs.push({ own: await ask(here), isolated })
        }
        progress((index + (round + 1) / rounds) / AGENTS.length)
      }
      findings.push({
        measure: 'HTTP, guests in the process of their tenant: a request takes',
        subject: name,
        unit: 'µs',
        value: summarise(pairs.map(({ isolated }) => MICROS / isolated.perSecond)),
        ratio: {
          of: 'guests on the serving thread',
          value: summarise(pairs.map(({ own, isolated }) => own.perSecond / isolated.perSecond)),
        },
        goal: { on: 'ratio', quantile: 'p50', atMost },
        note: `${CONNECTIONS} connections`,
      })
    }
    return findings
  },
}

const MICROS = 1_000_000

/** @throws {Error} when the two answer differently */
async function requireSame(here: BenchServer, there: BenchServer, path: string): Promise<void> {
  const [one, other] = [await here.text(path), await there.text(path)].map(withoutPort)
  if (one !== other) throw new Error(`Cannot measure ${path}: "${one}" is not "${other}"`)
}

function withoutPort(text: string): string {
  return text.replace(/:\d+/, '')
}
