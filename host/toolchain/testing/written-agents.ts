/** Agents that a file of tests writes, builds and asks, with what they log and the records of their invocations. @module */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import type { Agent, InvocationRecord } from '../../../runtime/agents/index.ts'
import type { LogLine } from '../../../runtime/capabilities/log/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { buildAgent, PACKAGE_DIRECTORY, type BuiltAgent } from '../index.ts'

// Shared with other tests: the engine takes long to put together.
const CACHE = join(PACKAGE_DIRECTORY, '.mayfly', 'cache')
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url))

/** Is gone with the tests of the file. The packages of this repository are there for its agents. */
export class WrittenAgents {
  readonly lines: LogLine[] = []
  readonly records: InvocationRecord[] = []
  readonly #root = mkdtempSync(join(tmpdir(), 'mayfly-written-'))
  readonly #runtime: Runtime
  #count = 0

  constructor() {
    symlinkSync(MODULES, join(this.#root, 'node_modules'))
    this.#runtime = new Runtime({
      drivers: { log: { write: (line) => void this.lines.push(line) } },
      onInvocation: (record) => void this.records.push(record),
    })
    afterAll(async () => {
      await this.#runtime.close()
      rmSync(this.#root, { recursive: true })
    })
  }

  /** @param files - contents by path in the folder of the agent; `manifest` becomes its agent.json */
  async load(
    manifest: object,
    files: Readonly<Record<string, string | Uint8Array>>,
  ): Promise<Agent> {
    return this.#runtime.load(await this.build(manifest, files))
  }

  /** @param files - as of `load` */
  async build(
    manifest: object,
    files: Readonly<Record<string, string | Uint8Array>>,
  ): Promise<BuiltAgent> {
    const directory = join(this.#root, `agent-${++this.#count}`)
    const written = { 'agent.json': JSON.stringify(manifest), ...files }
    for (const [name, text] of Object.entries(written)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true })
      writeFileSync(join(directory, name), text)
    }
    return buildAgent({ directory, cacheDirectory: CACHE })
  }
}
