/**
 * Finds and runs a compiler that is a program of this machine.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { COMPILATION_MS } from '../build-timeout.ts'

export interface ToolOutcome {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunToolOptions {
  cwd: string
  /**
   * Address space it may take, in bytes, where the system can bound it.
   *
   * @default no bound
   */
  memoryBytes?: number
}

// The builder ends a tool that takes too long. This bounds a tool that outlives its builder.
const CPU_SECONDS = COMPILATION_MS / 1000

/** The absolute path of the program `name`, if there is one on the path. */
export function findTool(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const endings = process.platform === 'win32' ? ['.exe', '.cmd'] : ['']
  return folders
    .flatMap((folder) => endings.map((ending) => resolve(join(folder, name + ending))))
    .find(isProgram)
}

/** Runs the program at `path` to its end. */
export function runTool(
  path: string,
  args: readonly string[],
  { cwd, memoryBytes }: RunToolOptions,
): Promise<ToolOutcome> {
  return new Promise((resolve, reject) => {
    const [file, all] = bounded(path, args, memoryBytes)
    const child = spawn(file, all, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Messages in English: they are read here.
      env: { ...process.env, LC_ALL: 'C' },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => (stdout += String(chunk)))
    child.stderr.on('data', (chunk) => (stderr += String(chunk)))
    child.once('error', reject)
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }))
  })
}

function bounded(
  path: string,
  args: readonly string[],
  memoryBytes: number | undefined,
): [file: string, args: readonly string[]] {
  if (process.platform === 'win32') return [path, args]
  const memory = memoryBytes === undefined ? '' : `ulimit -v ${Math.ceil(memoryBytes / 1024)}; `
  const script = `ulimit -t ${CPU_SECONDS}; ${memory}exec "$@"`
  return ['/bin/sh', ['-c', script, 'sh', path, ...args]]
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
