/**
 * From the write of a file to the first answer of the new version, in `mayfly dev`: what an author waits for after each
 * save.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Finding } from '../../measure/result.ts'
import { summarise } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'

const LAUNCHER = join(import.meta.dirname, '../../../host/cli/mayfly.js')
const ROUNDS = { quick: 8, full: 40 }
// An author sees the answer to a save at once below it.
const GOAL_MS = 300
const POLL_MS = 2
// Between two saves, so that a round does not begin in the work of the one before.
const PAUSE_MS = 150
const START_MS = 60_000

export const saved: Case = {
  name: 'saved',
  against: false,
  async run({ quick, progress }) {
    const folder = await mkdtemp(join(tmpdir(), 'mayfly-bench-saved-'))
    const connections = new Agent({ keepAlive: true, maxSockets: 1 })
    const save = (word: string): Promise<void> => writeFile(join(folder, 'agent.ts'), source(word))
    await writeFile(join(folder, 'agent.json'), '{ "name": "saved", "source": "agent.ts" }')
    await save('first')
    const args = ['dev', folder, '--port', '0', '--log-level', 'error']
    const host = spawn(process.execPath, [LAUNCHER, ...args], { cwd: folder })
    try {
      const url = `${await addressOf(host)}/saved/`
      await answered(url, connections, 'first')
      const rounds = quick ? ROUNDS.quick : ROUNDS.full
      const times: number[] = []
      // The first save is of a host that has just started, and is shown apart.
      for (let round = 0; round <= rounds; round++) {
        await pause(PAUSE_MS)
        const startedAt = performance.now()
        await save(`word ${round}`)
        await answered(url, connections, `word ${round}`)
        times.push(performance.now() - startedAt)
        progress((round + 1) / (rounds + 1))
      }
      const [first = NaN, ...later] = times
      return findings(first, later)
    } finally {
      connections.destroy()
      host.kill('SIGKILL')
      await rm(folder, { recursive: true, maxRetries: 5 })
    }
  },
}

function findings(first: number, later: readonly number[]): Finding[] {
  return [
    {
      subject: 'mayfly dev',
      measure: 'save to served: a JavaScript agent',
      unit: 'ms',
      value: summarise([...later]),
      goal: { on: 'value', quantile: 'p50', atMost: GOAL_MS },
    },
    {
      subject: 'mayfly dev',
      measure: 'save to served: the first save after the start',
      unit: 'ms',
      value: summarise([first]),
      note: 'the thread that builds may start yet',
    },
  ]
}

function source(word: string): string {
  return `export default { async fetch() { return new Response('${word}') } }\n`
}

function addressOf(host: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const timer = setTimeout(() => reject(new Error(`It does not serve: ${output}`)), START_MS)
    const read = (chunk: unknown): void => {
      output += String(chunk)
      const [, url] = /^Mayfly serves .* at (\S+)\n/m.exec(output) ?? []
      if (url === undefined) return
      clearTimeout(timer)
      resolve(url)
    }
    host.stdout?.on('data', read)
    host.stderr?.on('data', read)
    host.once('exit', () => reject(new Error(output)))
  })
}

/** Asks until the answer is `word`. */
async function answered(url: string, connections: Agent, word: string): Promise<void> {
  while ((await ask(url, connections)) !== word) await pause(POLL_MS)
}

function ask(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (message) => {
      let text = ''
      message.setEncoding('utf8')
      message.on('data', (chunk: string) => (text += chunk))
      message.on('end', () => resolve(text))
    }).on('error', reject)
  })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
