/**
 * Builds agents that differ, in a separate process, so that memory left by building does not count for the agents.
 *
 * Each agent has its own strings, its own table and its own number of functions, so that two agents have few values at
 * the same address.
 *
 * @module
 */
import { fork, type ChildProcess } from 'node:child_process'
import { dirname, join } from 'node:path'
import { bundle } from '../../../../host/toolchain/bundle.ts'
import { Fence } from '../../../../host/toolchain/fence/index.ts'
import { withOptionalImports } from '../../../../host/toolchain/optional-imports.ts'
import { importedInterfaces } from '../../../../host/toolchain/package-files.ts'
import { componentizeQuickJs } from '../../../../host/toolchain/quickjs/index.ts'

const ROWS = 40
const FUNCTIONS = 8

export class AgentFactory implements Disposable {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (component: Uint8Array) => void>()

  constructor() {
    this.#child = fork(import.meta.filename, ['serve'], {
      serialization: 'advanced',
      execArgv: ['--no-warnings'],
    })
    this.#child.on('message', ({ index, component }: Built) => {
      this.#waiting.get(index)?.(component)
      this.#waiting.delete(index)
    })
  }

  /** Agent `index`, always the same for the same index. */
  build(index: number): Promise<Uint8Array> {
    return new Promise((resolve) => {
      this.#waiting.set(index, resolve)
      this.#child.send(index)
    })
  }

  [Symbol.dispose](): void {
    this.#child.kill()
  }
}

/** The body agent `index` answers with. */
export function answerOf(index: number): string {
  return JSON.stringify({ hello: `world ${index}`, path: '/' })
}

interface Built {
  readonly index: number
  readonly component: Uint8Array
}

async function serve(): Promise<void> {
  const source = join(import.meta.dirname, 'fetch-agent', 'agent.ts')
  const { code } = await bundle({
    agent: 'fetch',
    source,
    fence: new Fence(dirname(source)),
    library: 'outside',
  })
  const imports = importedInterfaces()
  let last: Promise<void> = Promise.resolve()
  process.on('message', (index: number) => {
    last = last.then(async () => {
      const made = await componentizeQuickJs({ source: vary(code, index) })
      const built: Built = { index, component: withOptionalImports(made, imports) }
      process.send?.(built)
    })
  })
}

function vary(code: string, index: number): string {
  const rows = Array.from({ length: index % ROWS }, (_, row) => ({
    id: index * ROWS + row,
    name: `row ${row * index}`,
  }))
  const functions = Array.from(
    { length: index % FUNCTIONS },
    (_, at) => `globalThis.f${at} = (x) => x * ${index + at} + 'agent ${index}'.length`,
  )
  const own = code.replaceAll('"world"', JSON.stringify(`world ${index}`))
  return [own, `globalThis.table = ${JSON.stringify(rows)}`, ...functions].join('\n')
}

if (process.argv[2] === 'serve' && process.argv[1] === import.meta.filename) await serve()
