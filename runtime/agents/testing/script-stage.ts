/**
 * A runtime with agents in JavaScript that wait in every way, and hosts that answer later, for tests.
 *
 * @module
 */
import { expect, vi } from 'vitest'
import { scriptAgent } from '../../../host/toolchain/testing/script-agent.ts'
import type { HttpDriver } from '../../capabilities/http/index.ts'
import {
  memoryKv,
  type KvDriver,
  type KvNamespace,
  type KvWriteOutcome,
} from '../../capabilities/kv/index.ts'
import { Runtime, type RuntimeOptions } from '../../presets/index.ts'
import type { Agent, InvocationRecord } from '../index.ts'
import { scriptSource, type ScriptKind } from './script-source.ts'
import { sharedCode } from '../../testing/shared-code.ts'

/** Two slots: a memory and its marks each, or four without marks. */
export const FEW_SLOTS = { maxMemories: 4 }

export interface ScriptAgentOptions {
  readonly name?: string
  readonly version?: number
  readonly limits?: Readonly<Record<string, unknown>>
  /** The agent that is its tool. */
  readonly deep?: string
}

export interface ScriptStage extends AsyncDisposable {
  readonly runtime: Runtime
  readonly agent: Agent
  readonly records: InvocationRecord[]
  readonly host: ScriptHost
  load(options?: ScriptAgentOptions): Promise<Agent>
}

export async function scriptStage(
  options: Partial<RuntimeOptions> = {},
  limits: ScriptAgentOptions['limits'] = {},
): Promise<ScriptStage> {
  const host = new ScriptHost()
  const records: InvocationRecord[] = []
  const runtime = new Runtime({
    codeStore: sharedCode,
    drivers: { kv: host.kv, http: host.http, log: { write() {} } },
    onInvocation: (record) => void records.push(record),
    ...options,
  })
  const load: ScriptStage['load'] = async ({
    name = 'waiting',
    version = 0,
    limits: own = {},
    deep = name,
  } = {}) =>
    runtime.load({
      component: await componentOf(version),
      manifest: {
        name,
        limits: { deadlineMs: 60_000, concurrency: 10_000, ...limits, ...own },
        capabilities: {
          http: [{ host: 'up.test', scheme: 'http' }],
          kv: { notes: { access: 'write' } },
          tools: { deep: { agent: deep }, never: { agent: deep } },
        },
      },
    })
  return {
    runtime,
    agent: await load(),
    records,
    host,
    load,
    async [Symbol.asyncDispose]() {
      for (const agent of runtime.agents) agent.kill('the test is over')
      await runtime.close()
    },
  }
}

const components = new Map<number, Promise<Uint8Array>>()
function componentOf(version: number): Promise<Uint8Array> {
  const known = components.get(version)
  if (known !== undefined) return known
  const made = scriptAgent(scriptSource(version))
  components.set(version, made)
  return made
}

/** Asks for `kind`. Returns nothing when the answer is right, else what it was. */
export async function ask(
  agent: Agent,
  kind: ScriptKind | 'compute',
  given: { readonly n: number; readonly depth?: number },
  { signal, version = 0 }: { readonly signal?: AbortSignal; readonly version?: number } = {},
): Promise<string | undefined> {
  const { n } = given
  const request = new Request(`http://agent/${kind}`, {
    method: 'POST',
    body: JSON.stringify(given),
  })
  const response = await agent.fetch(request, signal === undefined ? {} : { signal })
  if (kind === 'stream' && response.ok) {
    const bytes = new Uint8Array(await response.arrayBuffer())
    const isRight = bytes.length === 15_000 && bytes.every((byte) => byte === (n & 255))
    return isRight ? undefined : `${kind} ${n}: ${bytes.length} bytes of ${bytes[0]}`
  }
  const text = await response.text()
  return text === JSON.stringify([version, n, 1, null])
    ? undefined
    : `${kind} ${n}: ${response.status} ${text}`
}

type SetArguments = Parameters<KvNamespace['set']>

/** Answers a little later, and what a test holds back when that says so. */
export class ScriptHost {
  /** Requests to other servers under way. */
  fetches = 0
  /** Requests that wait for `open`. */
  held: (() => void)[] = []
  /** Keys that were written. */
  readonly written: Set<string> = new Set()
  /** Kept for as long as the driver lives, as a driver may. */
  readonly #signals: AbortSignal[] = []
  readonly kv: KvDriver
  readonly http: HttpDriver

  constructor() {
    const inner = memoryKv()
    this.kv = {
      name: 'later',
      open: async (agent) => {
        const space = await inner.open(agent)
        return new Proxy(space, {
          get: (_, name) => {
            if (name === 'get') return (store: string, key: string) => this.#get(space, store, key)
            if (name === 'set') return (...args: SetArguments) => this.#set(space, args)
            const value: unknown = Reflect.get(space, name)
            return typeof value === 'function' ? value.bind(space) : value
          },
        })
      },
    }
    this.http = {
      name: 'later',
      fetch: async ({ url }, { signal }) => {
        this.fetches++
        this.#signals.push(signal)
        try {
          const [, which = '', n = ''] = new URL(url).pathname.split('/')
          await new Promise<void>((resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason))
            if (which === 'gate') this.held.push(resolve)
            else if (which !== 'never') setTimeout(resolve, Number(n) % 4)
          })
          return new Response(which + n)
        } finally {
          this.fetches--
        }
      },
    }
  }

  async #get(space: KvNamespace, store: string, key: string): Promise<Uint8Array | undefined> {
    if (key === 'never') return new Promise(() => {})
    const value = await space.get(store, key)
    await sleep(1)
    return value
  }

  /** Writes at once: afterwards the value may be overwritten. */
  async #set(space: KvNamespace, args: SetArguments): Promise<KvWriteOutcome> {
    const outcome = await space.set(...args)
    await sleep(1)
    this.written.add(args[1].key)
    return outcome
  }

  /** Answers all that is held back. */
  open(): void {
    for (const answer of this.held.splice(0)) answer()
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Resolves once `agents` have so many guests without a slot. */
export async function untilAllAway(agent: Agent, guests: number): Promise<void> {
  await vi.waitFor(() => expect(agent.stats().waiting.guests).toBe(guests), {
    timeout: 30_000,
    interval: 2,
  })
}

/** Nothing is left of guests, on no agent, and the next answer is right. */
export async function expectNoneLeft({ runtime, host }: ScriptStage): Promise<void> {
  const nothing = { held: 0, waiting: 0 }
  await vi.waitFor(() => expect(runtime.stats().active).toBe(0), { timeout: 30_000, interval: 2 })
  for (const agent of runtime.agents) {
    expect(agent.stats()).toMatchObject({
      active: 0,
      running: 0,
      queued: 0,
      slots: 0,
      slotsWaiting: 0,
      sockets: nothing,
      bodies: nothing,
      waiting: { guests: 0, bytes: 0, kept: {} },
    })
  }
  expect(runtime.stats()).toMatchObject({
    running: 0,
    queued: 0,
    slots: { waiting: 0 },
    waiting: { guests: 0, bytes: 0 },
    sockets: nothing,
    bodies: nothing,
  })
  expect(host.fetches).toBe(0)
}
