/**
 * An agent in a test: built from its folder and loaded as a host loads it, over drivers that the test holds in its hands.
 *
 * Its stores are in memory, the test plays its servers, its clock stands still and its random numbers repeat.
 *
 * @module
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Agent, CallOptions, InvocationRecord } from '../../runtime/agents/index.ts'
import type { KvNamespace } from '../../runtime/capabilities/kv/index.ts'
import type { LogLine } from '../../runtime/capabilities/log/index.ts'
import { MayflyError } from '../../runtime/errors/index.ts'
import { buildAgent, defaultCacheDirectory, folderOf } from '../toolchain/index.ts'
import { buildCalled } from './called-agents.ts'
import type { ToolFunction } from './function-tools.ts'
import { denialsOf, usageOf, type AgentUsage, type Denial } from './observed.ts'
import type { ScriptedHttp } from './scripted-http.ts'
import { Stage } from './stage.ts'
import type { TestAgent } from './test-agent-interface.ts'
import type { TestAgentOptions } from './test-agent-options.ts'
import type { TestClock } from './test-clock.ts'
import { OpenedStore, type TestStore } from './test-store.ts'

/**
 * Builds and loads the agent at `path`, with the agents it calls.
 *
 * @param path - the folder of an `agent.json`, or that file; a `file:` URL as well
 * @throws {MayflyError} as `buildAgent` and `runtime.load` do; ERR_USAGE for an option that names what the manifest does not
 */
export async function testAgent(
  path: string | URL,
  options: TestAgentOptions = {},
): Promise<TestAgent> {
  const directory = folderOf(typeof path === 'string' ? path : fileURLToPath(path))
  const { cacheDirectory = defaultCacheDirectory(directory), config = {}, kv = {} } = options
  const built = await buildAgent({ directory, cacheDirectory })
  const { capabilities } = built.manifest
  requireKnown('store', kv, capabilities.kv, 'kv')
  requireKnown('config', config, capabilities.config, 'config')
  const manifest = {
    ...built.manifest,
    capabilities: { ...capabilities, config: { ...capabilities.config, ...config } },
  }
  const { functions, paths } = sorted(options.tools)
  const replaced = new Set(functions.keys())
  const called = await buildCalled(manifest, directory, { paths, replaced, cacheDirectory })
  const stage = new Stage(options, functions, join(cacheDirectory, 'code'))
  try {
    // The called first: linked interfaces are compared when their caller is loaded.
    for (const each of called.toReversed()) await stage.runtime.load(each)
    const stores = await stage.kv.open(manifest.name)
    for (const [store, values] of Object.entries(kv)) {
      const opened = new OpenedStore(stores, store)
      for (const [key, value] of Object.entries(values)) await opened.set(key, value)
    }
    return new LoadedTestAgent(await stage.runtime.load({ ...built, manifest }), stage, stores)
  } catch (error) {
    await stage.close()
    throw error
  }
}

class LoadedTestAgent implements TestAgent {
  readonly agent: Agent
  readonly http: ScriptedHttp
  readonly clock: TestClock
  readonly log: readonly LogLine[]
  readonly invocations: readonly InvocationRecord[]
  readonly #stage: Stage
  readonly #stores: KvNamespace

  constructor(agent: Agent, stage: Stage, stores: KvNamespace) {
    this.agent = agent
    this.http = stage.http
    this.clock = stage.clock
    this.log = stage.lines
    this.invocations = stage.records
    this.#stage = stage
    this.#stores = stores
  }

  get denied(): readonly Denial[] {
    return denialsOf(this.invocations)
  }

  get usage(): AgentUsage {
    return usageOf(this.invocations, this.agent.name)
  }

  async fetch(request: string | URL | Request, init?: RequestInit): Promise<Response> {
    const url = request instanceof Request ? request : new URL(request, 'http://localhost')
    return this.#checked(this.agent.fetch(new Request(url, init)))
  }

  async call(name: string, args: readonly unknown[] = [], options?: CallOptions): Promise<unknown> {
    return this.#checked(this.agent.call(name, args, options))
  }

  kv(store: string): TestStore {
    requireKnown('store', { [store]: true }, this.agent.manifest.capabilities.kv, 'kv')
    return new OpenedStore(this.#stores, store)
  }

  async ended(): Promise<void> {
    await this.#checked(this.#stage.ended())
  }

  async #checked<Value>(ending: Promise<Value>): Promise<Value> {
    try {
      return await ending
    } finally {
      // What the agent makes of the failure does not matter: the test is incomplete.
      this.http.check()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stage.close()
    this.http.check()
  }
}

function sorted(tools: TestAgentOptions['tools'] = {}): {
  functions: Map<string, ToolFunction>
  paths: Map<string, string>
} {
  const functions = new Map<string, ToolFunction>()
  const paths = new Map<string, string>()
  for (const [name, tool] of Object.entries(tools)) {
    if (typeof tool === 'function') functions.set(name, tool)
    else paths.set(name, typeof tool === 'string' ? tool : fileURLToPath(tool))
  }
  return { functions, paths }
}

/** A name that the manifest lacks is a slip of the test: the agent would never see it. */
function requireKnown(kind: string, given: object, granted: object = {}, place: string): void {
  const stranger = Object.keys(given).find((name) => !Object.hasOwn(granted, name))
  if (stranger === undefined) return
  throw new MayflyError('ERR_USAGE', `Cannot use ${kind} "${stranger}": not in the manifest`, {
    hint: `Add "${stranger}" to capabilities.${place} in agent.json, or correct the name`,
  })
}
