/**
 * `mayfly dev`: serves one agent and rebuilds it when a file of its folder changes.
 *
 * A failed build is printed, and the version before stays in service: the browser tab keeps working while the author
 * corrects the line.
 *
 * @module
 */

import { watch } from 'node:fs'
import { resolve } from 'node:path'
import type { AgentBundle, MayflyServer } from '../../targets/node/index.ts'
import { isSameMap } from '../../source-maps/index.ts'
import { bundleAgent } from '../agent-bundle.ts'
import { buildOptions } from '../build-options.ts'
import { ENV_FILES, fileVariables, folderOf } from '../env-files.ts'
import { printAgents } from '../print-agents.ts'
import { printError } from '../print-error.ts'
import { serveUntilSignal, SERVING_OPTIONS, SERVING_USAGE, servingOptions } from '../serving.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  name: 'dev',
  summary: 'Serve one agent and rebuild it when its files change.',
  usage: `Usage: mayfly dev [DIR] [options]

DIR is a folder with an agent.json. Default: the current one. What it gains while it is written needs no
--allow-new-capabilities. On an address of loopback, an answer with status 500 or above says why the agent failed, with
its stack. Variables are read from .env and .env.local of the current folder, then of DIR, then from --env-file.

${SERVING_USAGE}`,
  options: SERVING_OPTIONS,
  async run(parsed) {
    const [path = '.'] = parsed.positionals
    // One worker unless asked for: a rebuild then loads once.
    // The author of an agent approves its grants by writing them in agent.json.
    const options = {
      workers: 1,
      ...servingOptions(parsed),
      variables: fileVariables(parsed, ['.', folderOf(path)]),
      allowNewCapabilities: true,
      showFailures: true,
    }
    const build = buildOptions(parsed)
    const first = await bundleAgent(path, build)
    let watcher: Disposable | undefined
    try {
      return await serveUntilSignal({ ...options, agents: [first] }, (server) => {
        printAgents(server)
        watcher = rebuildOnChange({ path, build, first, server })
      })
    } finally {
      watcher?.[Symbol.dispose]()
    }
  },
}

// An editor writes a file in several steps; a person notices nothing below a tenth of a second.
const SETTLE_MS = 60
const IGNORED = /(^|[\\/])(node_modules|\.mayfly|\.git|dist)([\\/]|$)|\.wasm$/

interface Rebuilding {
  readonly path: string
  readonly build: ReturnType<typeof buildOptions>
  readonly first: AgentBundle
  readonly server: MayflyServer
}

function rebuildOnChange({ path, build, first, server }: Rebuilding): Disposable {
  const ending = new AbortController()
  let served = first
  let timer: NodeJS.Timeout | undefined
  let noting: NodeJS.Timeout | undefined
  let building = false
  let changedMeanwhile = false
  const folder = resolve(folderOf(path))

  const watcher = watch(folder, { recursive: true }, (_, file) => {
    if (file !== null && IGNORED.test(file)) return
    const envFile = ENV_FILES.find((name) => name === file)
    if (envFile !== undefined) {
      clearTimeout(noting)
      noting = setTimeout(() => sayOld(envFile), SETTLE_MS)
      return
    }
    clearTimeout(timer)
    timer = setTimeout(() => void rebuild(), SETTLE_MS)
  })

  async function rebuild(): Promise<void> {
    if (building) {
      changedMeanwhile = true
      return
    }
    building = true
    const started = performance.now()
    try {
      const bundle = await bundleAgent(path, { ...build, signal: ending.signal })
      if (!isSame(bundle, served)) {
        await server.deploy([bundle])
        served = bundle
        const { name } = bundle.manifest
        console.log(`${name}: rebuilt in ${Math.round(performance.now() - started)} ms`)
      }
    } catch (error) {
      if (ending.signal.aborted) return
      report(error)
    }
    building = false
    if (!changedMeanwhile) return
    changedMeanwhile = false
    await rebuild()
  }

  return {
    [Symbol.dispose]() {
      clearTimeout(timer)
      clearTimeout(noting)
      watcher.close()
      // A build under way would keep the process alive.
      ending.abort()
    },
  }
}

/** A comment that is new changes the lines of the source, and nothing else. */
function isSame(one: AgentBundle, other: AgentBundle): boolean {
  return one.revision === other.revision && isSameMap(one.sourceMap, other.sourceMap)
}

/** Threads that serve have the variables that they began with. */
function sayOld(file: string): void {
  console.log(`${file} has changed: start mayfly dev again to use it`)
}

function report(error: unknown): void {
  printError(error)
  console.error('Still serving what was built before')
}
