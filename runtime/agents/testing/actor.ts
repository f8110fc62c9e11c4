/**
 * An agent for the tests of agents that call each other: its input lists the steps to do. A step is a name and its
 * arguments.
 *
 * @module
 */
import { scriptAgent } from '../../../host/toolchain/testing/script-agent.ts'
import type { AuditSink } from '../../audit/index.ts'
import { Runtime } from '../../presets/index.ts'
import type { CommonRuntimeOptions, InvocationRecord } from '../index.ts'
import { sharedCode } from '../../testing/shared-code.ts'

const SOURCE = `
  import * as blobs from 'mayfly:agent/blob@0.2.0'
  import * as tools from 'mayfly:agent/tools@0.2.0'
  import * as kv from 'mayfly:agent/kv@0.2.0'
  import { waitFor } from 'mayfly:agent/clock@0.2.0'
  import { cancelCall, encodeUtf8, decodeUtf8 } from 'mayfly:agent/engine'
  let before = 0
  let held = []
  let pending = []
  const put = (blob) => held.push(blob) - 1
  const give = (given) => given.map((at) => held[at])
  const steps = {
    echo: (value) => value,
    state: () => before++,
    call: async (tool, step) => JSON.parse(await tools.call(tool, JSON.stringify(step), [])),
    attempt: async (step) => {
      try { return await run(step) } catch (error) { return error.payload ?? String(error) }
    },
    each: async (...list) => {
      const results = []
      for (const step of list) results.push(await run(step))
      return results
    },
    read: async (key) => decodeUtf8((await kv.get('notes', key)) ?? encodeUtf8('nothing')),
    write: (key, text) => kv.set('notes', key, encodeUtf8(text)),
    repeat: (count, step) => steps.each(...Array(count).fill(['attempt', step])),
    deeper: async (tool, depth) => {
      try { return await steps.call(tool, ['deeper', tool, depth + 1]) }
      catch (error) { return [depth, error.payload] }
    },
    wait: (ms) => waitFor(ms),
    spin: () => { for (;;); },
    burn: (count) => { for (let i = 0; i < count; i++); },
    octets: (...list) => { octets = new Uint8Array(list) },
    status: (status) => { answered = status },
    raw: (tool, text) => tools.call(tool, text, []),
    start: (tool, step, ...given) =>
      pending.push(tools.call(tool, JSON.stringify(step), give(given))) - 1,
    take: async (at) => JSON.parse(await pending[at]),
    cancel: (at) => cancelCall(pending[at]),
    any: () => Promise.race(pending.map(async (result, at) => { await result; return at })),
    make: (text) => put(blobs.make(encodeUtf8(text))),
    given: () => blobs.given().map(put),
    size: (at) => held[at].size(),
    text: (at, offset = 0, length = 0xffffffff) => decodeUtf8(held[at].read(offset, length)),
    drop: (at) => held[at].drop(),
    ask: (tool, step, ...given) => steps.take(steps.start(tool, step, ...given)),
    askBlob: async (tool, step, ...given) =>
      put(await tools.callForBlob(tool, JSON.stringify(step), give(given))),
    hoard: (count) => { for (let i = 0; i < count; i++) blobs.make(new Uint8Array()).drop() },
    leak: (at) => [String(held[at]), JSON.stringify(held[at]), Object.keys(held[at]).length],
    store: (at) => kv.set('notes', 'stolen', held[at]),
    forge: (handle) => {
      Array.prototype.map = () => [handle]
      return tools.call('tool', '["echo"]', [held[0]])
    },
    forgeSize: (handle) => {
      Array.prototype.map = function (make) { return [make(handle)] }
      return blobs.given()[0].size()
    },
  }
  let answered = 200
  let octets
  async function run([name, ...values]) { return steps[name](...values) }
  export const handler = {
    async handle(request) {
      const value = (await run(JSON.parse(decodeUtf8(request.body)))) ?? null
      return { status: answered, headers: [], body: octets ?? encodeUtf8(JSON.stringify(value)) }
    },
  }`

export type ActorManifests = Readonly<Record<string, { capabilities?: object; limits?: object }>>

export interface Stage extends AsyncDisposable {
  readonly runtime: Runtime
  readonly records: InvocationRecord[]
  /** Has the one called `caller` act: its answer, or the status that says that there is none. */
  run(...step: unknown[]): Promise<unknown>
  /** How the last invocation of an agent ended. */
  endOf(agent: string): string | undefined
}

let component: Promise<Uint8Array> | undefined

/** The component, made once. */
export function actorComponent(): Promise<Uint8Array> {
  component ??= scriptAgent(SOURCE)
  return component
}

/** Loads actors. */
export async function actors(
  agents: ActorManifests,
  audit?: AuditSink,
  options: Pick<CommonRuntimeOptions, 'tenants'> = {},
): Promise<Stage> {
  const actor = await actorComponent()
  const records: InvocationRecord[] = []
  const runtime = new Runtime({
    codeStore: sharedCode,
    onInvocation: (record) => void records.push(record),
    audit,
    ...options,
  })
  for (const [name, manifest] of Object.entries(agents)) {
    await runtime.load({ component: actor, manifest: { name, ...manifest } })
  }
  return {
    runtime,
    records,
    async run(...step) {
      const caller = runtime.agents.find(({ name }) => name === 'caller')
      const init = { method: 'POST', body: JSON.stringify(step) }
      const response = await caller?.fetch(new Request('http://any/', init), { id: 'first' })
      return response?.ok ? response.json() : response?.status
    },
    endOf: (agent) => records.findLast((record) => record.agent === agent)?.outcome.state,
    [Symbol.asyncDispose]: () => runtime.close(),
  }
}
