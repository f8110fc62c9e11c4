/**
 * Takes every memory a process can have, in a separate process, and prints the results of the agents in it.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { parse } from '@bytecodealliance/jco'
import { STACK_BYTES } from '../../binary/index.ts'
import { Runtime } from '../index.ts'

// Leaves some hundreds of V8's 16,283: a slot takes longer to make than a memory.
const BALLAST = 15_900
const CALLS = 800
const MAX_WAITING = 10

export interface FillReport {
  /** Number of calls of the crowd that ran at once, and refused calls by error. */
  readonly running: number
  readonly refused: number
  readonly codes: readonly string[]
  /** Status for the last client, of another agent, while the queue was full. */
  readonly meanwhile: number
  /** Distinct answers of calls that were not refused. */
  readonly answers: readonly number[]
  /** Answer of another agent once the crowd was idle, with the memories still taken. */
  readonly after: number
  /** How many calls ran at once when the ballast was gone. */
  readonly again: number
}

/** Has a memory, and waits for the host. */
const WAITER = `(component
  (import "acme:host/env" (instance $env (export "now" (func (result u32)))))
  (core func $now (canon lower (func $env "now")))
  (core module $m (import "" "now" (func $now (result i32))) (memory (export "memory") 1)
    (func (export "run") (param i32) (result i32)
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (call $now)))
      (i32.load (i32.const 0))))
  (core instance $i (instantiate $m (with "" (instance (export "now" (func $now))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`

const hostile = async (name: string): Promise<Uint8Array> => {
  const path = new URL(`../../../components/hostile/${name}/agent.wat`, import.meta.url)
  return parse(await readFile(path, 'utf8'))
}

let gate = Promise.withResolvers<number>()
const runtime = new Runtime({
  capabilities: [],
  pool: { maxMemories: 100_000, maxBytes: 2 ** 40, maxWaiting: MAX_WAITING },
})
const limits = { deadlineMs: 60_000 }
const crowd = await runtime.load({
  component: await parse(WAITER),
  manifest: { name: 'crowd', limits: { ...limits, concurrency: CALLS } },
  imports: { 'acme:host/env': { now: () => gate.promise } },
})
const server = await runtime.load({
  component: await hostile('huge-response'),
  manifest: { name: 'server', limits },
})
const bomb = await runtime.load({
  component: await hostile('memory-bomb'),
  manifest: { name: 'bomb', limits: { ...limits, memoryBytes: STACK_BYTES + 4 * 65_536 } },
})

const ballast = Array.from(
  { length: BALLAST },
  () => new WebAssembly.Memory({ initial: 0, maximum: 1 }),
)

const codes = new Set<string>()
const answers = new Set<number>()
let refused = 0
const call = (): Promise<void> =>
  crowd.call('run', [1]).then(
    (answer) => void answers.add(Number(answer)),
    (error: { code?: string }) => {
      refused++
      codes.add(String(error.code))
    },
  )
const calls = Array.from({ length: CALLS }, call)
// Until the refused calls have ended.
await new Promise((resolve) => setTimeout(resolve))
const running = CALLS - refused - MAX_WAITING
const waiting = server.fetch(new Request('http://agent/'))
gate.resolve(5)
await Promise.all(calls)
const { status } = await waiting
const after = Number(await bomb.call('run', [1]))

ballast.length = 0
const again = await freed()
await runtime.close()

const report: FillReport = {
  running,
  refused: CALLS - running - MAX_WAITING,
  codes: [...codes],
  meanwhile: status,
  answers: [...answers],
  after,
  again,
}
process.stdout.write(JSON.stringify(report))

/** How many calls can run at once: the pool asks the engine again after a while. */
async function freed(): Promise<number> {
  let active = 0
  for (let round = 0; round < 50 && active < CALLS; round++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    gate = Promise.withResolvers<number>()
    const more = Array.from({ length: CALLS }, call)
    active = crowd.stats().active
    gate.resolve(5)
    await Promise.all(more)
  }
  return active
}
