/**
 * Runs the command line as a person does, as a separate process, for tests that look at it from outside.
 *
 * @module
 */

import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const LAUNCHER = fileURLToPath(new URL('../mayfly.js', import.meta.url))
const READY_TIMEOUT_MS = 60_000
const POLL_MS = 20

export interface ProcessOptions {
  readonly cwd?: string
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>
  /**
   * Program and first arguments.
   *
   * @default this Node and the launcher of this checkout
   */
  readonly command?: readonly string[]
}

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs it to its end. */
export function mayfly(args: readonly string[], options: ProcessOptions = {}): Promise<Ended> {
  const [file, first, settings] = invocation(options)
  return new Promise((resolve) => {
    execFile(file, [...first, ...args], settings, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

/** A host that runs as a process. Disposed of, it is gone. */
export interface Serving extends AsyncDisposable {
  readonly pid: number
  readonly url: string
  /** Until it printed where it serves. */
  readonly startMs: number
  /** All it has printed. */
  output(): string
  /** Sends SIGTERM, or the signal given, and returns the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts it and waits until it says where it serves. */
export async function serving(
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<Serving> {
  const startedAt = performance.now()
  const [file, first, settings] = invocation(options)
  const child = spawn(file, [...first, ...args], settings)
  const output = collect(child)
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const { pid, exitCode } = child
  while (exitCode === null) {
    const [, url] = /^Mayfly serves .* at (\S+)\n\n(?:.+\n)+\n/m.exec(output()) ?? []
    const startMs = performance.now() - startedAt
    if (url !== undefined && pid !== undefined) {
      return {
        pid,
        url,
        startMs,
        output,
        stop(signal = 'SIGTERM') {
          child.kill(signal)
          return ended
        },
        async [Symbol.asyncDispose]() {
          child.kill('SIGKILL')
          await ended
        },
      }
    }
    if (child.exitCode !== null || startMs > READY_TIMEOUT_MS) break
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  child.kill('SIGKILL')
  throw new Error(`It does not serve: ${output()}`)
}

/** Writes the files of a folder. A value that is neither a string nor bytes is written as JSON. */
export function writeFiles(folder: string, files: Readonly<Record<string, unknown>>): string {
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    const isText = typeof content === 'string' || content instanceof Uint8Array
    writeFileSync(file, isText ? content : JSON.stringify(content))
  }
  return folder
}

function collect(child: ChildProcess): () => string {
  let output = ''
  child.stdout?.on('data', (chunk) => (output += String(chunk)))
  child.stderr?.on('data', (chunk) => (output += String(chunk)))
  return () => output
}

function invocation({
  cwd,
  env,
  command = [process.execPath, LAUNCHER],
}: ProcessOptions): [file: string, first: readonly string[], settings: SpawnSettings] {
  const [file = process.execPath, ...first] = command
  return [
    file,
    first,
    { ...(cwd === undefined ? {} : { cwd }), env: { ...outsideOfNpm(), ...env } },
  ]
}

/** The variables as in a shell: those that npm sets for a script would make an inner npm work on this checkout. */
function outsideOfNpm(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
}

interface SpawnSettings {
  cwd?: string
  env: NodeJS.ProcessEnv
}
