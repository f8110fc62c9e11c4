/**
 * An agent for the tests of agents that call each other: its input lists the steps to do. A step is a name and its
 * arguments.
 *
 * @module
 */
import { withOptionalImports } from '../../../host/toolchain/optional-imports.ts'
import { componentizeQuickJs } from '../../../host/toolchain/quickjs/index.ts'
import type { AuditSink } from '../../audit/index.ts'
import { Runtime } from '../../presets/index.ts'
import type { CommonRuntimeOptions, InvocationRecord } from '../index.ts'

const SOURCE = `
  import * as blobs from 'mayfly:agent/blob@0.1.0'
  import * as tools from 'mayfly:agent/tools@0.1.0'
  import * as kv from 'mayfly:agent/kv@0.1.0'
  import { any } from 'mayfly:agent/poll@0.1.0'
  import { encodeUtf8, decodeUtf8 } from 'mayfly:agent/engine'
  const { call } = tools
  let before = 0
  let held = []
  let pending = []
  const put = (blob) => held.push(blob) - 1
  const steps = {
    echo: (value) => value,
    state: () => before++,
    call: (tool, step) => JSON.parse(call(tool, JSON.stringify(step))),
    attempt: (step) => { try { return run(step) } catch (error) { return error.payload ?? String(error) } },
    each: (...list) => list.map(run),
    read: (key) => decodeUtf8(kv.get('notes', key) ?? encodeUtf8('nothing')),
    write: (key, text) => kv.set('notes', key, encodeUtf8(text)),
    repeat: (count, step) => Array.from({ length: count }, () => steps.attempt(step)),
    deeper: (tool, depth) => {
      try { return steps.call(tool, ['deeper', tool, depth + 1]) }
      catch (error) { return [depth, error.payload] }
    },
    wait: (ms) => any([], ms),
    spin: () => { for (;;); },
    burn: (count) => { for (let i = 0; i < count; i++); },
    octets: (...list) => { octets = new Uint8Array(list) },
    status: (status) => { answered = status },
    raw: (tool, text) => call(tool, text),
    start: (tool, step, ...given) =>
      pending.push(tools.start(tool, JSON.stringify(step), given.map((at) => held[at])).pending) - 1,
    take: (at) => JSON.parse(tools.take(pending[at])),
    takeBlob: (at) => put(tools.takeBlob(pending[at])),
    takeNumber: (number) => tools.take(number),
    cancel: (at) => tools.cancel(pending[at]),
    any: () => pending.indexOf(any(pending, null)),
    make: (text) => put(blobs.make(encodeUtf8(text))),
    given: () => blobs.given().map(put),
    size: (at) => held[at].size(),
    text: (at, offset = 0, length = 0xffffffff) => decodeUtf8(held[at].read(offset, length)),
    drop: (at) => held[at].drop(),
    ask: (tool, step, ...given) => steps.take(steps.start(tool, step, ...given)),
    askBlob: (tool, step, ...given) => steps.takeBlob(steps.start(tool, step, ...given)),
    hoard: (count) => { for (let i = 0; i < count; i++) blobs.make(new Uint8Array()).drop() },
    leak: (at) => [String(held[at]), JSON.stringify(held[at]), Object.keys(held[at]).length],
    store: (at) => kv.set('notes', 'stolen', held[at]),
    forge: (handle) => { Array.from = () => [handle]; tools.start('tool', '["echo"]', [0]) },
    forgeSize: (handle) => {
      Array.prototype.map = function (make) { return [make(handle)] }
      return blobs.given()[0].size()
    },
  }
  let answered = 200
  let octets
  function run([name, ...values]) { return steps[name](...values) }
  export const handler = {
    handle(request) {
      const value = run(JSON.parse(decodeUtf8(request.body))) ?? null
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
  component ??= componentizeQuickJs({ source: SOURCE }).then((made) =>
    withOptionalImports(
      made,
      ['http', 'kv', 'tools'].map((name) => `mayfly:agent/${name}@0.1.0`),
    ),
  )
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
