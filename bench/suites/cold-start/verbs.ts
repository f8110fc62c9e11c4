/**
 * Verbs of the command line as whole processes, from their start to their end: what a person at a terminal, a test or a
 * script waits for each time.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Finding } from '../../measure/result.ts'
import { summarise } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'

const run = promisify(execFile)
const LAUNCHER = join(import.meta.dirname, '../../../host/cli/mayfly.js')
const ROUNDS = { quick: 5, full: 20 }
const ANSWER = 'Hello'
// Below it a person does not notice that a program was started.
const GOAL_MS = 100

/** What runs, and what it prints. */
const PROCESSES: readonly (readonly [subject: string, args: readonly string[], prints: string])[] =
  [
    ['node -e 0', ['-e', '0'], ''],
    ['mayfly --help', [LAUNCHER, '--help'], 'Usage: mayfly'],
    ['mayfly call', [LAUNCHER, 'call', '.', '/'], ANSWER],
  ]

export const verbs: Case = {
  name: 'verbs',
  against: false,
  async run({ quick, progress }) {
    const folder = await mkdtemp(join(tmpdir(), 'mayfly-bench-verbs-'))
    try {
      await writeFile(join(folder, 'agent.json'), '{ "name": "hello", "source": "agent.ts" }')
      const source = `export default { fetch: () => new Response('${ANSWER}') }\n`
      await writeFile(join(folder, 'agent.ts'), source)
      const times = PROCESSES.map((): number[] => [])
      const rounds = quick ? ROUNDS.quick : ROUNDS.full
      // The first round builds the agent, and has the platform compile the modules.
      for (let round = -1; round < rounds; round++) {
        for (const [index, [subject, args, prints]] of PROCESSES.entries()) {
          const startedAt = performance.now()
          const { stdout } = await run(process.execPath, args, { cwd: folder })
          if (!stdout.startsWith(prints)) throw new Error(`${subject} printed "${stdout}"`)
          if (round >= 0) times[index]?.push(performance.now() - startedAt)
        }
        progress((round + 2) / (rounds + 1))
      }
      return PROCESSES.map(([subject], index) => finding(subject, times, index))
    } finally {
      await rm(folder, { recursive: true, maxRetries: 5 })
    }
  },
}

function finding(subject: string, times: readonly number[][], index: number): Finding {
  const value = summarise(times[index] ?? [])
  const base = { measure: 'a process from start to end', subject, unit: 'ms', value } as const
  if (index === 0) return base
  const pairs = (times[index] ?? []).map((time, round) => time / (times[0]?.[round] ?? NaN))
  return {
    ...base,
    ratio: { of: `${subject} ÷ node -e 0`, value: summarise(pairs) },
    ...(subject === 'mayfly --help'
      ? { goal: { on: 'value', quantile: 'p50', atMost: GOAL_MS } as const }
      : { note: 'the agent is built already' }),
  }
}
