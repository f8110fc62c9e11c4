/** Starts the process of a case and listens to it. @module */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { Pace } from '../suites/suite.ts'
import type { CaseMessage } from './case-process.ts'

const PROCESS = join(import.meta.dirname, 'case-process.ts')
// `gc` between batches; the rest keeps experimental-feature warnings out of the table.
const NODE_OPTIONS = ['--expose-gc', '--no-warnings']

// A case that hangs must not block the run or CI. The limit is ten times the longest case.
const LIMIT_MINUTES: Readonly<Record<Pace, number>> = { full: 60, quick: 15, smoke: 10 }

export type CaseEnd = Exclude<CaseMessage, { kind: 'progress' | 'skipped' }>

export interface RunCaseOptions {
  suite: string
  /** Without one the process tells which cases the suite has. */
  name?: string
  pace: Pace
  onProgress?: (share: number) => void
  onSkip?: (reason: string) => void
}

export function runCase({
  suite,
  name,
  pace,
  onProgress,
  onSkip,
}: RunCaseOptions): Promise<CaseEnd> {
  const args = name === undefined ? [suite] : [suite, name, pace]
  return new Promise((resolve) => {
    const child = fork(PROCESS, args, {
      execArgv: NODE_OPTIONS,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    let end: CaseEnd | undefined
    const timer = setTimeout(() => {
      end = { kind: 'failed', error: `not done after ${LIMIT_MINUTES[pace]} minutes` }
      child.kill('SIGKILL')
    }, LIMIT_MINUTES[pace] * 60_000)
    child.on('message', (message: CaseMessage) => {
      if (message.kind === 'progress') onProgress?.(message.share)
      else if (message.kind === 'skipped') onSkip?.(message.reason)
      else end = message
    })
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      resolve(end ?? { kind: 'failed', error: `the process ended with ${signal ?? code}` })
    })
  })
}
