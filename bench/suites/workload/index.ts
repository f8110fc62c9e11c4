/**
 * The data-analysis task: a CSV of 200,000 rows, parsed and summarised, in an agent and without one. Each run is a
 * separate process, so that peak memory is measured for each.
 *
 * @module
 */
import { fork, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Finding } from '../../measure/result.ts'
import { summarise } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'
import type { TaskReport } from './task.ts'

const TASK = join(import.meta.dirname, 'task.ts')
const ROWS = { quick: 20_000, full: 200_000 }
const ROUNDS = { quick: 2, full: 7 }
const KINDS = [
  ['assemblyscript', 'AssemblyScript agent'],
  ['javascript', 'JavaScript agent'],
  ['node', 'Node'],
] as const
const MIB = 1024

const table: Case = {
  name: 'csv',
  against: false,
  async run({ quick, progress, skip }) {
    const rows = quick ? ROWS.quick : ROWS.full
    const rounds = quick ? ROUNDS.quick : ROUNDS.full
    const reports = new Map<string, TaskReport[]>()
    const python = spawnSync('python3', ['--version']).status === 0
    if (!python) skip('CPython: "python3" does not run here')
    for (let round = 0; round < rounds; round++) {
      for (const [kind, subject] of KINDS) {
        reports.set(subject, [...(reports.get(subject) ?? []), await inNode(kind, rows)])
      }
      if (python) reports.set('CPython', [...(reports.get('CPython') ?? []), inPython(rows)])
      progress((round + 1) / rounds)
    }
    const answers = new Set([...reports.values()].flat().map(({ answer }) => answer))
    if (answers.size > 1) throw new Error(`Cannot compare: ${[...answers].join(' is not ')}`)
    return [...reports].flatMap(([subject, runs]): Finding[] => [
      {
        measure: `CSV of ${rows.toLocaleString('en')} rows: time`,
        subject,
        unit: 'ms',
        value: summarise(runs.map(({ ms }) => ms)),
      },
      {
        measure: `CSV of ${rows.toLocaleString('en')} rows: peak memory of the process`,
        subject,
        unit: 'MiB',
        value: summarise(runs.map(({ peakKiB }) => peakKiB / MIB)),
      },
    ])
  },
}

function inNode(kind: string, rows: number): Promise<TaskReport> {
  const child = fork(TASK, [kind, String(rows)], {
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    child.once('message', (report: TaskReport) => resolve(report))
    child.once('exit', (code) => reject(new Error(`Cannot run "${kind}": exit ${code}`)))
  })
}

function inPython(rows: number): TaskReport {
  const script = join(import.meta.dirname, 'task.py')
  const { stdout, stderr, status } = spawnSync('python3', [script, String(rows)], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`Cannot run CPython: ${stderr}`)
  return JSON.parse(stdout) as TaskReport // `task.py` prints this type
}

export const workload: readonly Case[] = [table]
