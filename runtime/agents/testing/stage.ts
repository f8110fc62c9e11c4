/**
 * A runtime on which a hostile agent runs beside a neighbour, for tests.
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco'
import { log, type LogLine } from '../../capabilities/log/index.ts'
import type { ImportSource } from '../../link/index.ts'
import { Runtime, type Agent, type InvocationRecord, type RuntimeOptions } from '../index.ts'

/** Counts its calls, so that its answer tells whether it began in a clean state. */
const NEIGHBOUR = `(component
  (core module $m
    (memory (export "memory") 1)
    (global $n (mut i32) (i32.const 0))
    (func (export "run") (param i32) (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1)))
      (i32.add (local.get 0) (i32.add (global.get $n) (i32.load (i32.const 64))))))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`

export interface Stage extends AsyncDisposable {
  readonly runtime: Runtime
  readonly records: InvocationRecord[]
  readonly lines: LogLine[]
  /** Loads a component, or its text, under `limits` of agent.json. */
  load(component: Uint8Array | string, options?: LoadOptions): Promise<Agent>
  /** The records of calls of `agent`. */
  recordsOf(agent: Agent): InvocationRecord[]
  /**
   * Whether the neighbour answers correctly and its slowest calls (99th percentile) take at most twice as
   * long right after `attack` as before it, in one of several attempts: a machine has noise of its own.
   */
  calmAfter(attack: () => Promise<unknown>): Promise<boolean>
}

export interface LoadOptions {
  limits?: Readonly<Record<string, unknown>>
  /** Parts of WebAssembly that its agent.json asks for. */
  features?: readonly string[]
  imports?: ImportSource
}

export async function stage(options: Partial<RuntimeOptions> = {}): Promise<Stage> {
  const records: InvocationRecord[] = []
  const lines: LogLine[] = []
  const runtime = new Runtime({
    capabilities: [log({ write: (line) => void lines.push(line) })],
    onInvocation: (record) => records.push(record),
    ...options,
  })
  let loaded = 0
  async function load(
    component: Uint8Array | string,
    { limits = {}, features, imports }: LoadOptions = {},
  ): Promise<Agent> {
    const name = `agent-${++loaded}`
    const manifest = { name, component: 'agent.wasm', limits, ...(features && { features }) }
    const bytes = typeof component === 'string' ? await parse(component) : component
    return runtime.load({ component: bytes, manifest, ...(imports && { imports }) })
  }
  const neighbour = await load(NEIGHBOUR)

  async function callNeighbour(times: number[]): Promise<void> {
    const started = performance.now()
    const answer = await neighbour.call('run', [40])
    times.push(performance.now() - started)
    if (answer !== 42) throw new Error(`the neighbour answered ${String(answer)}`)
  }

  return {
    runtime,
    records,
    lines,
    load,
    recordsOf: (agent) => records.filter((record) => record.agent === agent.name),
    async calmAfter(attack) {
      for (let call = 0; call < CALLS; call++) await callNeighbour([])
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const before: number[] = []
        const after: number[] = []
        for (let call = 0; call < CALLS; call++) await callNeighbour(before)
        await attack()
        for (let call = 0; call < CALLS; call++) await callNeighbour(after)
        if (percentile99(after) <= 2 * percentile99(before) + NOISE_MS) return true
      }
      return false
    },
    [Symbol.asyncDispose]: () => runtime.close(),
  }
}

const CALLS = 200
const ATTEMPTS = 8
// A call takes some 5 µs: without it a single collection of garbage would count as an attack.
const NOISE_MS = 0.1

function percentile99(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0
}
