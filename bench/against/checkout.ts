/** One of the two checkouts that are compared: lists its cases and runs them in separate processes. @module */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { InterleaveOptions } from '../measure/interleave.ts'
import type { ListedSuite, TurnMessage } from './turn-process.ts'

const PROCESS = join(import.meta.dirname, 'turn-process.ts')
const NODE_OPTIONS = ['--expose-gc', '--no-warnings']
// A turn takes seconds at most, but for the first of a checkout, which puts its engines together.
const TURN_LIMIT_MS = 600_000

export type TurnEnd = Exclude<TurnMessage, { kind: 'turn' | 'skipped' }>

/** @throws {Error} when the suites cannot be listed: there is no checkout, or one of another project */
export async function listSuites(directory: string): Promise<readonly ListedSuite[]> {
  const listing = new CaseInTurns(directory, [])
  const end = await listing.turn()
  await listing.end()
  if (end?.kind === 'listed') return end.suites
  throw new Error(end?.kind === 'failed' ? end.error : 'it lists no suites')
}

export interface CaseName {
  readonly suite: string
  readonly name: string
}

/** Starts the case; it runs no further than to its first turn. */
export function startCase(
  directory: string,
  { suite, name }: CaseName,
  sampling: InterleaveOptions,
): CaseInTurns {
  return new CaseInTurns(directory, [suite, name, JSON.stringify(sampling)])
}

export class CaseInTurns {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #turns: Writable
  /** Why parts of the case were left out. */
  readonly skipped: string[] = []

  constructor(directory: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, [...NODE_OPTIONS, PROCESS, directory, ...args], {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'],
    })
    // Both are pipes, above.
    const [, , , input, turns] = this.#child.stdio as unknown as [
      null,
      null,
      null,
      Readable,
      Writable,
    ]
    this.#lines = createInterface({ input })[Symbol.asyncIterator]()
    this.#turns = turns
    // A process that has ended takes no more turns. Its messages end then, which says so.
    turns.on('error', () => {})
  }

  /** Lets the case run up to its next round. Gives nothing while there is more to come. */
  async turn(): Promise<TurnEnd | undefined> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), TURN_LIMIT_MS)
    this.#turns.write('\n')
    try {
      for (;;) {
        const message = await this.#next()
        if (message.kind === 'turn') return undefined
        if (message.kind !== 'skipped') return message
        this.skipped.push(message.reason)
      }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends its process and waits until it is gone, so that it computes beside nothing that is measured. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited()
  }

  async #exited(): Promise<void> {
    const { exitCode, signalCode } = this.#child
    if (exitCode === null && signalCode === null) await once(this.#child, 'exit')
  }

  async #next(): Promise<TurnMessage> {
    const { done, value } = await this.#lines.next()
    if (done !== true) return JSON.parse(value) as TurnMessage // As turn-process.ts sends it.
    await this.#exited()
    const { exitCode, signalCode } = this.#child
    return { kind: 'failed', error: `the process ended with ${signalCode ?? exitCode}` }
  }
}
