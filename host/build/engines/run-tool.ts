/**
 * Finds and runs a compiler that is a program of this machine.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

export interface ToolOutcome {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunToolOptions {
  cwd: string
}

// Longer than any compiler here takes for one file: one that hangs would hang the build.
const TIMEOUT_MS = 120_000

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
  { cwd }: RunToolOptions,
): Promise<ToolOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
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

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
