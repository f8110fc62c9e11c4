/**
 * The first requests of a process that has just started: nothing is compiled by V8's last compiler yet. Apart from the
 * start of Node and the build of the agent, all that comes before the first answer is counted.
 *
 * @module
 */
import { fork } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Finding } from '../../measure/result.ts'
import { quantile, summarise } from '../../measure/statistics.ts'
import { agentSubject } from '../agents/subjects/components.ts'
import type { Case } from '../suite.ts'
import type { FirstReport } from './first-process.ts'

const PROCESS = join(import.meta.dirname, 'first-process.ts')
const ROUNDS = { quick: 3, full: 15 }
const SUBJECTS = [
  { kind: 'mayfly', subject: 'mayfly' },
  { kind: 'warm', subject: 'mayfly, warmed up' },
  { kind: 'quickjs', subject: 'quickjs-emscripten, new context' },
] as const

type Kind = (typeof SUBJECTS)[number]['kind']

export const first: Case = {
  name: 'first',
  against: false,
  async run({ quick, progress }) {
    const folder = await mkdtemp(join(tmpdir(), 'mayfly-bench-first-'))
    try {
      const file = join(folder, 'order.wasm')
      await writeFile(file, (await agentSubject('order')).component)
      const rounds = quick ? ROUNDS.quick : ROUNDS.full
      const reports = SUBJECTS.map((): FirstReport[] => [])
      for (let round = 0; round < rounds; round++) {
        for (const [index, { kind }] of SUBJECTS.entries())
          reports[index]?.push(await reportOf(kind, file))
        progress((round + 1) / rounds)
      }
      return SUBJECTS.flatMap(({ kind, subject }, index) =>
        findings(subject, kind, reports[index] ?? []),
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}

function findings(subject: string, kind: Kind, reports: readonly FirstReport[]): Finding[] {
  const common = { subject, ...(kind === 'quickjs' ? { contender: true } : {}) }
  const warmUp: Finding = {
    ...common,
    measure: 'fresh process: warm-up after the load',
    unit: 'ms',
    value: summarise(reports.map(({ warmUpMs }) => warmUpMs)),
    note: 'in the background, unless it is waited for as here',
  }
  return [
    ...(kind === 'warm' ? [warmUp] : []),
    {
      ...common,
      measure: 'fresh process: until an agent is loaded',
      unit: 'ms',
      value: summarise(reports.map(({ loadMs }) => loadMs)),
      note: 'with the import of all code',
    },
    {
      ...common,
      measure: 'fresh process: first request after the load, POST of JSON',
      unit: 'ms',
      value: summarise(reports.map(({ answersMs: [one = NaN] }) => one)),
    },
    {
      ...common,
      measure: 'fresh process: median of the first 50 requests, POST of JSON',
      unit: 'µs',
      value: summarise(reports.map(({ answersMs }) => medianMs(answersMs) * 1000)),
    },
  ]
}

function medianMs(times: readonly number[]): number {
  return quantile(Float64Array.from(times).sort(), 0.5)
}

function reportOf(kind: string, file: string): Promise<FirstReport> {
  const child = fork(PROCESS, [kind, file], { execArgv: ['--no-warnings'] })
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Cannot measure "${kind}": exit ${code}`)))
    child.once('message', (report) => resolve(report as FirstReport)) // `first-process.ts` sends it
  })
}
