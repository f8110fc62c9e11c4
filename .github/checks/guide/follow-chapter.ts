/**
 * Follows a chapter of the guide in an empty folder, as its reader does, and compares what the terminal prints.
 *
 * Three things are other than for a reader: `npx` finds this checkout without asking a registry, `npm install` does nothing
 * (the packages are there; the tests of the package install it), and hosts listen on a port that is free.
 *
 * @module
 */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import {
  mayfly,
  serving,
  writeFiles,
  type Serving,
} from '../../../host/cli/testing/mayfly-process.ts'
import { PACKAGE_DIRECTORY } from '../../../host/toolchain/package-files.ts'
import { applyHunks } from '../recipes/edit.ts'
import type { Step } from '../recipes/read-steps.ts'
import type { Chapter } from './chapters.ts'
import { printsAs } from './prints-as.ts'

// As a host without options serves.
const SHOWN_URL = 'http://127.0.0.1:8787'
const PACKAGES = ['hono', 'typescript', '@types', 'vitest']
const RETRY_MS = 100
// A host takes what was saved after it has built it.
const PATIENCE_MS = 30_000

/** @throws {Error} at the first step that fails, or prints something else than the chapter says */
export async function followChapter({ steps }: Pick<Chapter, 'steps'>): Promise<void> {
  await using reader = new Reader()
  for (const step of steps) await reader.take(step)
}

class Reader implements AsyncDisposable {
  readonly #root = realpathSync(mkdtempSync(join(tmpdir(), 'mayfly-guide-')))
  readonly #hosts: Serving[] = []
  readonly #env: Record<string, string>
  #cwd = this.#root

  constructor() {
    const bin = join(this.#root, 'node_modules', '.bin')
    const launcher = join(PACKAGE_DIRECTORY, 'host', 'cli', 'mayfly.js')
    writeFiles(bin, {
      npx: '#!/bin/sh\nexec "$@"\n',
      mayfly: `#!/bin/sh\nexec "${process.execPath}" "${launcher}" "$@"\n`,
    })
    for (const program of ['npx', 'mayfly']) chmodSync(join(bin, program), 0o755)
    const modules = join(PACKAGE_DIRECTORY, 'node_modules')
    for (const name of PACKAGES) symlinkSync(join(modules, name), join(dirname(bin), name))
    symlinkSync(PACKAGE_DIRECTORY, join(dirname(bin), 'mayfly'))
    this.#enter(this.#root)
    this.#env = {
      PATH: [bin, dirname(process.execPath), process.env['PATH']].join(delimiter),
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --conditions=mayfly-source`,
      PORT: '0',
      NO_COLOR: '1',
    }
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'file':
        writeFiles(this.#cwd, { [step.path]: step.text })
        return
      case 'edit': {
        const text = readFileSync(join(this.#cwd, step.path), 'utf8')
        writeFiles(this.#cwd, { [step.path]: applyHunks(step.path, text, step.hunks) })
        return
      }
      case 'command':
        return this.#run(step.line, step.prints)
    }
  }

  async #run(line: string, prints: string | undefined): Promise<void> {
    const [, folder] = /^cd (\S+)$/.exec(line) ?? []
    if (folder !== undefined) this.#enter(join(this.#cwd, folder))
    else if (/^npx mayfly (?:dev|serve|start)\b/.test(line)) await this.#serve(line)
    else if (line !== 'npm install') await this.#print(line, prints)
  }

  #enter(folder: string): void {
    this.#cwd = folder
    // Shared with other tests: the engine takes long to put together.
    const shared = join(PACKAGE_DIRECTORY, '.mayfly', 'cache')
    mkdirSync(shared, { recursive: true })
    mkdirSync(join(folder, '.mayfly'), { recursive: true, mode: 0o700 })
    symlinkSync(shared, join(folder, '.mayfly', 'cache'))
  }

  async #serve(line: string): Promise<void> {
    // One host at a time, on the port that readers have.
    await this.#stop()
    this.#hosts.push(await serving([], { ...this.#options(`exec ${line.replace(/^npx /, '')}`) }))
  }

  async #print(line: string, prints: string | undefined): Promise<void> {
    const url = this.#hosts.at(-1)?.url ?? SHOWN_URL
    const until = performance.now() + (line.startsWith('curl') ? PATIENCE_MS : 0)
    for (;;) {
      // Without the progress that curl does not print in a terminal.
      const asked = line.replaceAll(SHOWN_URL, url).replace(/^curl /, 'curl -s ')
      const command = `(${asked}) 2>&1`
      const { code, stdout } = await mayfly([], this.#options(command))
      const printed = stdout.replaceAll(url, SHOWN_URL).replaceAll(this.#root, '')
      if (prints === undefined ? code === 0 : printsAs(prints, printed)) return
      if (performance.now() > until) throw new Error(differs(line, code, prints, printed))
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }

  #options(line: string): { cwd: string; env: Record<string, string>; command: string[] } {
    // Tests that a chapter writes ask this variable which runner they run under.
    const command = ['env', '-u', 'VITEST', 'sh', '-c', line]
    return { cwd: this.#cwd, env: this.#env, command }
  }

  async #stop(): Promise<void> {
    for (const host of this.#hosts.splice(0)) {
      await host.stop()
      await host[Symbol.asyncDispose]()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop()
    rmSync(this.#root, { recursive: true, force: true })
  }
}

function differs(line: string, code: number, prints: string | undefined, printed: string): string {
  const expected = prints === undefined ? 'to succeed' : `to print\n${prints}`
  return `Cannot follow the guide: expected "${line}" ${expected}\nit ended with ${code} and printed\n${printed}`
}
