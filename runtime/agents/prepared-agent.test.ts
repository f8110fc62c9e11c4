import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { manifestFromObject, type Manifest } from '../manifest/index.ts'
import type { Agent } from './index.ts'
import type { PreparedAgent } from './prepared-agent.ts'
import type { RuntimeOptions } from './runtime-options.ts'
import { Runtime } from './runtime.ts'

interface Parts {
  /** Code of the start function beside counting. */
  readonly start?: string
  readonly more?: string
}

/** Its start function counts in memory and in a global, so that a call tells how often it ran. */
function counting({ start = '', more = '' }: Parts = {}): Promise<Uint8Array> {
  return parse(`(component
    (core module $m
      (memory (export "memory") 4)
      (data (i32.const 70000) "from data")
      (table $t 2 funcref)
      (global $n (mut i32) (i32.const 0))
      (func $start (local $i i32)
        ${start}
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 10))))
      (start $start)
      ${more}
      (func (export "run") (param i32) (result i32)
        (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 100)))
        (i32.add (i32.add (local.get 0) (global.get $n))
          (i32.add (i32.load (i32.const 64)) (i32.load8_u (i32.const 70000))))))
    (core instance $i (instantiate $m))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`)
}

const F = 'f'.charCodeAt(0)
/** The answer of a call on a clean state. */
const CLEAN = 1 + 10 + 100 + F
const CHANGES_TABLE =
  '(elem declare func $start) (func (export "set") (table.set $t (i32.const 0) (ref.func $start)))'
// A division waits for the one before: no compiler makes this short.
const LONG = `(loop $again
  (i32.store (i32.const 0) (i32.rem_u (i32.const 2000000000) (i32.or (i32.load (i32.const 0)) (i32.const 1))))
  (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 90000000))))
  (i32.store (i32.const 0) (i32.const 0))`

type Limits = Readonly<Record<string, unknown>>

function manifestWith(limits: Limits): Manifest {
  return manifestFromObject({ name: 'counting', component: 'agent.wasm', limits })
}

function open(options: Partial<RuntimeOptions> = {}): Runtime & AsyncDisposable {
  const runtime = new Runtime({ capabilities: [], ...options })
  return Object.assign(runtime, { [Symbol.asyncDispose]: () => runtime.close() })
}

/** As it arrives on another thread. */
async function sent(prepared: PreparedAgent): Promise<PreparedAgent> {
  const { port1, port2 } = new MessageChannel()
  const arrived = new Promise<PreparedAgent>((resolve) => {
    port2.onmessage = ({ data }) => resolve(data)
  })
  port1.postMessage(prepared)
  const received = await arrived
  port1.close()
  return received
}

async function prepare(
  component: Uint8Array,
  limits: Limits = {},
  options: Partial<RuntimeOptions> = {},
): Promise<PreparedAgent> {
  await using loader = open(options)
  return sent(await loader.prepare({ component, manifest: manifestWith(limits) }))
}

/** Runs `work` and returns how many modules it compiled and how many instances it made. */
async function effort(work: () => Promise<unknown>): Promise<{ compiled: number; made: number }> {
  const { compile, Instance } = WebAssembly
  const counts = { compiled: 0, made: 0 }
  WebAssembly.compile = (source: BufferSource) => {
    counts.compiled++
    return compile(source)
  }
  WebAssembly.Instance = class extends Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports)
      counts.made++
    }
  }
  try {
    await work()
  } finally {
    Object.assign(WebAssembly, { compile, Instance })
  }
  return counts
}

describe('Runtime.prepare() and adopt()', () => {
  it.each([
    ['pages', ''],
    ['copy', ''],
    ['fresh', ''],
    ['auto', ''],
    ['copy', CHANGES_TABLE],
    ['auto', CHANGES_TABLE],
  ])('serve every call from the state that initialising left (%s, "%s")', async (reset, more) => {
    const prepared = await prepare(await counting({ more }), { reset })
    await using server = open()
    const agent = await server.adopt({ prepared, manifest: manifestWith({ reset }) })
    for (let call = 0; call < 3; call++) expect(await agent.call('run', [0])).toBe(CLEAN)
    expect(agent.digest).toBe(prepared.digest)
  })

  it('compile nothing and run nothing on the thread that adopts, where the state can be copied', async () => {
    const prepared = await prepare(await counting())
    await using server = open()
    // With the first agent the runtime makes an instance of its own, for the pages of all of them.
    const first = await prepare(await counting({ more: '(func (export "other"))' }))
    await server.adopt({ prepared: first, manifest: manifestWith({}) })
    const adopting = () => server.adopt({ prepared, manifest: manifestWith({}) })
    expect(await effort(adopting)).toEqual({ compiled: 0, made: 0 })
    expect(await server.agents.at(-1)?.call('run', [0])).toBe(CLEAN)
  })

  it('refuse what each instance takes long to initialise, and take it where the state can be copied', async () => {
    const limits = { metering: 'watchdog', deadlineMs: 60_000 }
    const copied = await prepare(await counting({ start: LONG }), limits)
    // Of what the runtime keeps to itself: the state that it could copy.
    expect(copied).toMatchObject({ guest: { initial: { state: 'image' } } })
    const each = await counting({ start: LONG, more: CHANGES_TABLE })
    await expect(prepare(each, limits)).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: expect.stringMatching(/each instance initialises itself, and takes \d+ ms/),
    })
  })

  it('bound an initialisation by less than the deadline of the manifest', async () => {
    const endless = await counting({ start: '(loop $l (br $l))' })
    const preparing = prepare(endless, { deadlineMs: 3_600_000 }, { initialisationMs: 20 })
    await expect(preparing).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: 'Cannot initialise agent "counting": not done after 20 ms',
    })
  })
})

describe('an agent whose calls turn out to be long', () => {
  // Too long for its small memory to be marked, and shorter than any turn.
  const SPEND = `(func $spend (local $i i32) (loop $again (br_if $again
    (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000)))))`
  const CALLS = 200

  function longCalls(): Promise<Uint8Array> {
    return parse(`(component
      (core module $m
        (memory (export "memory") 4)
        ${SPEND}
        (func (export "run") (param i32) (result i32)
          (call $spend)
          (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (local.get 0)))
          (i32.load (i32.const 64))))
      (core instance $i (instantiate $m))
      (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`)
  }

  /** Calls it until \`done\`, or as often as it takes to find out that its calls are long. */
  async function callOften(agent: Agent, done: () => boolean): Promise<void> {
    for (let call = 0; call < CALLS && !done(); call++) {
      expect(await agent.call('run', [7])).toBe(7)
      await new Promise((resolve) => setTimeout(resolve))
    }
  }

  it('has the code for another reset mode from where it was prepared', async () => {
    const prepared = await prepare(await longCalls())
    await using server = open()
    const agent = await server.adopt({ prepared, manifest: manifestWith({}) })
    expect(agent.stats().reset).toBe('pages')
    const { compiled } = await effort(async () => {
      await callOften(agent, () => agent.stats().reset === 'copy')
      for (let call = 0; call < 3; call++) expect(await agent.call('run', [7])).toBe(7)
    })
    expect([agent.stats().reset, compiled]).toEqual(['copy', 0])
  })

  it('is served on, and the fault told, when that code cannot be had', async () => {
    let asked = 0
    const faults: unknown[][] = []
    await using runtime = open({
      codeStore: {
        get: async () => {
          if (asked++ > 0) throw new Error('no memory for code')
          return undefined
        },
        set: async () => {},
      },
      onFault: (...fault) => faults.push(fault),
    })
    const component = await longCalls()
    const agent = await runtime.load({ component, manifest: manifestWith({}) })
    await callOften(agent, () => faults.length > 0)
    expect(faults).toEqual([['counting', new Error('no memory for code')]])
    expect(await agent.call('run', [7])).toBe(7)
  })
})
