/**
 * A runtime whose guests run in processes that are on this thread, for tests.
 *
 * @module
 */
import { fileURLToPath } from 'node:url'
import { parse } from '@bytecodealliance/jco'
import { buildAgent } from '../../../host/toolchain/index.ts'
import type { InvocationRecord, SandboxesOptions } from '../../agents/index.ts'
import type { HttpDriver } from '../../capabilities/http/index.ts'
import { Runtime, type RuntimeOptions } from '../../presets/index.ts'
import type { IsolationOptions } from '../site.ts'
import { sharedCode } from '../../testing/shared-code.ts'
import { memorySite, type MemorySite } from './memory-process.ts'

/** Where the examples are. */
export const EXAMPLES: URL = new URL('../../../components/examples/', import.meta.url)

const FETCH: HttpDriver = { name: 'fake', fetch: async () => new Response('Example Domain') }

export interface IsolatedStage extends AsyncDisposable {
  readonly runtime: Runtime
  readonly there: MemorySite
  readonly records: InvocationRecord[]
  /** Builds and loads an example. Returns a function that asks it. */
  example(name: string): Promise<(path: string, init?: RequestInit) => Promise<Response>>
}

export function isolatedStage(
  options: Partial<IsolationOptions> = {},
  sandboxes: SandboxesOptions = {},
  more: Partial<RuntimeOptions> = {},
): IsolatedStage {
  const records: InvocationRecord[] = []
  const there = memorySite(
    { firstRestartMs: 1, ...options },
    { codeStore: sharedCode, ...sandboxes },
  )
  const runtime = new Runtime({
    site: there.site,
    drivers: { http: FETCH },
    onInvocation: (record) => void records.push(record),
    ...more,
  })
  return {
    runtime,
    there,
    records,
    async example(name) {
      const directory = fileURLToPath(new URL(name, EXAMPLES))
      const agent = await runtime.load(await buildAgent({ directory }))
      return (path, init) => agent.fetch(new Request(`http://agent${path}`, init))
    },
    [Symbol.asyncDispose]: () => runtime.close(),
  }
}

/** A component that exports `run`, and imports `wait` of the embedder. */
export function waiting(code: string): Promise<Uint8Array> {
  return parse(`(component
    (import "wait" (func $wait (param "n" u32) (result u32)))
    (core func $wait-core (canon lower (func $wait)))
    (core module $m
      (import "" "wait" (func $wait (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) ${code}))
    (core instance $i (instantiate $m (with "" (instance (export "wait" (func $wait-core))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`)
}
