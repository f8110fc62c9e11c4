/**
 * A thread or a process for each request: worker threads, Node, Deno and Bun.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { Skipped } from '../suites/suite.ts'
import { answerScript, readAnswer, requestText, type Answer, type Contender } from './contender.ts'

const run = promisify(execFile)

export const workerThread: Contender = {
  name: 'worker thread',
  isolation: 'a new thread',
  async open(source) {
    const script = `${answerScript(source)}
const { parentPort, workerData } = require('node:worker_threads')
parentPort.postMessage(answer(workerData))`
    return {
      answer: (request) =>
        new Promise<Answer>((resolve, reject) => {
          const worker = new Worker(script, { eval: true, workerData: requestText(request) })
          worker.once('message', (text) => resolve(readAnswer(String(text))))
          worker.once('error', reject)
        }),
    }
  },
}

export const nodeProcess: Contender = onCommand('Node process', () => [process.execPath])
export const denoProcess: Contender = onCommand('Deno process', () => [
  binary('deno', 'deno'),
  'run',
  '--no-prompt',
])
export const bunProcess: Contender = onCommand('Bun process', () => [binary('bun', 'bun')])

function onCommand(name: string, commandOf: () => readonly string[]): Contender {
  return {
    name,
    isolation: 'a new process',
    async open(source) {
      const folder = await mkdtemp(join(tmpdir(), 'mayfly-bench-'))
      const file = join(folder, 'answer.mjs')
      const print = `import process from 'node:process'\nconsole.log(answer(process.argv[2]))`
      await writeFile(file, `${print.replace('\n', `\n${answerScript(source)}\n`)}\n`)
      const [command = '', ...rest] = commandOf()
      try {
        await run(command, ['--version'])
      } catch {
        throw new Skipped(`${name}: "${command}" does not run here`)
      }
      return {
        async answer(request): Promise<Answer> {
          const { stdout } = await run(command, [...rest, file, requestText(request)])
          return readAnswer(stdout)
        },
        close: () => rm(folder, { recursive: true }),
      }
    },
  }
}

/** The program a package brings. */
function binary(packageName: string, program: string): string {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`)
    return join(dirname(manifest), '..', '.bin', program)
  } catch {
    throw new Skipped(`${packageName} is not installed`)
  }
}
