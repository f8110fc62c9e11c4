import { fileURLToPath } from 'node:url'
import { parse } from '@bytecodealliance/jco'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import type { InvocationRecord } from '../agents/index.ts'
import type { HttpDriver } from '../capabilities/http/index.ts'
import { RESTING } from '../link/testing/resting.ts'
import { Runtime } from '../presets/index.ts'
import { ANSWER, END, HELLO, INPUT, RESPONSE, service } from '../wasi/testing/service.ts'
import { ENDING, FROM_GROUP, FrameWriter, MAX_WAITING } from './frame.ts'
import { memorySite, type MemorySite } from './testing/memory-process.ts'

const EXAMPLES = new URL('../../components/examples/', import.meta.url)
const FETCH: HttpDriver = { name: 'fake', fetch: async () => new Response('Example Domain') }

let runtime: Runtime
let there: MemorySite
let records: InvocationRecord[]
afterEach(() => runtime.close())

function open(options: Parameters<typeof memorySite>[0] = {}): void {
  records = []
  there = memorySite({ firstRestartMs: 1, ...options })
  runtime = new Runtime({
    site: there.site,
    drivers: { http: FETCH },
    onInvocation: (record) => void records.push(record),
  })
}

/** Builds and loads an example. Returns a function that asks it. */
async function example(
  name: string,
): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const directory = fileURLToPath(new URL(name, EXAMPLES))
  const agent = await runtime.load(await buildAgent({ directory }))
  return (path, init) => agent.fetch(new Request(`http://agent${path}`, init))
}

/** A component that exports `run`, and imports `wait` of the embedder. */
function waiting(code: string): Promise<Uint8Array> {
  return parse(`(component
    (import "wait" (func $wait (param "n" u32) (result u32)))
    (core func $wait-core (canon lower (func $wait)))
    (core module $m
      (import "" "wait" (func $wait (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) ${code}))
    (core instance $i (instantiate $m (with "" (instance (export "wait" (func $wait-core))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`)
}

/** Starts `n` calls of the host, waits for none, and answers with `n`. */
const FLOOD = `(component
  (import "wait" (func $wait async (result u32)))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $wait-core (canon lower (func $wait) async (memory (core memory $libc "memory"))))
  (core func $return (canon task.return (result u32)))
  (core module $m
    (import "" "wait" (func $wait (param i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    (func (export "run") (param $n i32) (result i32) (local $left i32)
      (local.set $left (local.get $n))
      (loop $more
        (drop (call $wait (i32.const 64)))
        (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (call $return (local.get $n))
      (i32.const 0))
    (func (export "callback") (param i32 i32 i32) (result i32) (unreachable)))
  (core instance $i (instantiate $m (with "" (instance
    (export "wait" (func $wait-core)) (export "return" (func $return))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $i "run") async (callback (core func $i "callback")))))`

/** `n` times, lends a resource to a call of the host, gives the call up, and drops the resource. */
const GIVES_UP = `(component
  (import "host" (instance $host
    (export "item" (type $item (sub resource)))
    (export "make" (func (result (own $item))))
    (export "slow" (func async (param "item" (borrow $item)) (result u32)))))
  (alias export $host "item" (type $item))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $make (canon lower (func $host "make")))
  (core func $slow (canon lower (func $host "slow") async (memory (core memory $libc "memory"))))
  (core func $cancel (canon subtask.cancel))
  (core func $drop (canon subtask.drop))
  (core func $drop-item (canon resource.drop $item))
  (core func $return (canon task.return (result u32)))
  (core module $m
    (import "" "make" (func $make (result i32)))
    (import "" "slow" (func $slow (param i32 i32) (result i32)))
    (import "" "cancel" (func $cancel (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "drop-item" (func $drop-item (param i32)))
    (import "" "return" (func $return (param i32)))
    (func (export "run") (param $n i32) (result i32) (local $item i32) (local $call i32)
      (loop $more
        (local.set $item (call $make))
        (local.set $call (i32.shr_u (call $slow (local.get $item) (i32.const 64)) (i32.const 4)))
        (drop (call $cancel (local.get $call)))
        (call $drop (local.get $call))
        (call $drop-item (local.get $item))
        (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (call $return (i32.const 0))
      (i32.const 0))
    (func (export "callback") (param i32 i32 i32) (result i32) (unreachable)))
  (core instance $i (instantiate $m (with "" (instance
    (export "make" (func $make)) (export "slow" (func $slow)) (export "cancel" (func $cancel))
    (export "drop" (func $drop)) (export "drop-item" (func $drop-item))
    (export "return" (func $return))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $i "run") async (callback (core func $i "callback")))))`

describe('an agent in the process of its group', () => {
  it('waits for the host without a stack', async () => {
    open()
    const imports = { slow: async (n: number) => (await Promise.resolve(), n) }
    const component = await parse(RESTING)
    const agent = await runtime.load({ component, manifest: { name: 'resting' }, imports })
    expect(await agent.call('sum', [3])).toBe(6)
    expect(there.ends).toEqual([])
  })

  it('is stopped when it starts more calls of the host than may wait, and its neighbours are not', async () => {
    open()
    const imports = { wait: () => new Promise(() => {}) }
    const component = await parse(FLOOD)
    const agent = await runtime.load({ component, manifest: { name: 'flood' }, imports })
    expect(await agent.call('run', [MAX_WAITING])).toBe(MAX_WAITING)
    await expect(agent.call('run', [MAX_WAITING + 1])).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
    })
    expect(there.ends).toEqual([])
  })

  it('may give up as many calls as it likes, and use at once what it has lent to them', async () => {
    open()
    const component = await parse(GIVES_UP)
    let dropped = 0
    class Item {
      [Symbol.dispose](): void {
        dropped++
      }
    }
    const host = { Item, make: () => new Item(), slow: () => new Promise(() => {}) }
    const manifest = { name: 'gives-up', limits: { fuel: 1e12 } }
    const agent = await runtime.load({ component, manifest, imports: { host } })
    expect(await agent.call('run', [MAX_WAITING + 10])).toBe(0)
    expect([dropped, there.ends]).toEqual([MAX_WAITING + 10, []])
  })

  it('of JavaScript answers requests', async () => {
    open()
    const hello = await example('hello')
    expect(await (await hello('/hello/Ada')).text()).toBe('Hello, Ada!')
    const init = { method: 'POST', body: '{"a":[1,"ä"]}' }
    expect(await (await hello('/echo', init)).json()).toEqual({ a: [1, 'ä'] })
  })

  it('of AssemblyScript answers requests', async () => {
    open()
    const stats = await example('stats')
    const answer = await stats('/', { method: 'POST', body: 'a\n1\n3' })
    expect(await answer.json()).toMatchObject({ columns: [{ mean: 2 }] })
  })

  it('keeps values in a store of the host', async () => {
    open()
    const counter = await example('counter')
    await counter('/a')
    expect(await (await counter('/a')).json()).toEqual({ path: '/a', visits: 2 })
    expect(records.at(-1)?.events[0]).toMatchObject({ capability: 'kv', outcome: 'allowed' })
  })

  it('sends requests that are granted, and no other', async () => {
    open()
    const fetcher = await example('fetcher')
    expect(await (await fetcher('/')).json()).toMatchObject({ status: 200, characters: 14 })
    const directory = fileURLToPath(new URL('fetcher', EXAMPLES))
    const { component, manifest } = await buildAgent({ directory })
    const capabilities = { ...manifest.capabilities, http: [{ host: 'other.example' }] }
    const other = { ...manifest, name: 'other', capabilities }
    const agent = await runtime.load({ component, manifest: other })
    await agent.fetch(new Request('http://agent/'))
    expect(records.at(-1)?.events).toMatchObject([{ capability: 'http', outcome: 'denied' }])
  })

  it('streams its answer', async () => {
    open()
    const stream = await example('stream')
    const answer = await stream('/?count=3&interval=1')
    expect((await answer.text()).match(/data:/g)?.length).toBeGreaterThan(1)
  })

  it('calls other agents', async () => {
    open()
    const all = ['planner', 'search', 'calc', 'report'].map((name) => example(name))
    const [planner] = await Promise.all(all)
    const body = JSON.stringify({ question: 'How long is the Nile, and the Amazon?' })
    await planner?.('/', { method: 'POST', body })
    expect(new Set(records.map(({ agent }) => agent)).size).toBeGreaterThan(1)
    expect(records.find(({ agent }) => agent === 'planner')?.fuel).toBeGreaterThan(
      records.find(({ agent }) => agent !== 'planner')?.fuel ?? Infinity,
    )
  })

  it('serves wasi:http, with the body of the request in pieces', async () => {
    open()
    const pass = `${INPUT} ${RESPONSE} ${ANSWER} ${HELLO}
      (block $done (loop $more
        (call $read (local.get $i) (i64.const 4) (i32.const 64))
        (br_if $done (i32.load8_u (i32.const 64)))
        (call $write (local.get $s) (i32.load (i32.const 68)) (i32.load (i32.const 72)) (i32.const 16))
        (br $more)))
      ${END}`
    const agent = await runtime.load({
      component: await service(pass),
      manifest: { name: 'proxy' },
    })
    const init = { method: 'POST', body: 'the body' }
    const answer = await agent.fetch(new Request('http://agent/', init))
    expect(await answer.text()).toBe('hello worldthe body')
  })

  it('finds the same state in every call', async () => {
    open()
    const imports = { wait: (n: number) => Promise.resolve(n + 1) }
    const component = await waiting('(call $wait (call $wait (local.get 0)))')
    const agent = await runtime.load({ component, manifest: { name: 'waits' }, imports })
    expect(await Promise.all([agent.call('run', [1]), agent.call('run', [5])])).toEqual([3, 7])
    await expect(agent.call('run', ['one'])).rejects.toMatchObject({
      message: 'Cannot pass arguments[0]: expected u32, got "one"',
    })
    await expect(agent.call('walk')).rejects.toMatchObject({ code: 'ERR_EXPORT_MISSING' })
  })

  it('ends with the error of the host, unchanged', async () => {
    open()
    const failure = new Error('the disk is gone')
    const imports = { wait: () => Promise.reject(failure) }
    const component = await waiting('(call $wait (local.get 0))')
    const agent = await runtime.load({ component, manifest: { name: 'fails' }, imports })
    await expect(agent.call('run', [1])).rejects.toBe(failure)
  })

  it('is stopped at its deadline, where it computes and where it waits', async () => {
    open()
    const imports = { wait: () => new Promise(() => {}) }
    const limits = { deadlineMs: 50 }
    for (const [name, code] of Object.entries({
      computes: '(loop $l (br $l)) (unreachable)',
      waits: '(call $wait (local.get 0))',
    })) {
      const component = await waiting(code)
      const agent = await runtime.load({ component, manifest: { name, limits }, imports })
      await expect(agent.call('run', [1])).rejects.toMatchObject({
        facts: { limit: 'deadline' },
      })
    }
    expect(there.ends).toEqual([])
  })

  it('is refused where it does not initialise, and the group goes on', async () => {
    open()
    const hello = await example('hello')
    const component = await parse(
      '(component (core module $m (func $f (unreachable)) (start $f)) (core instance (instantiate $m)))',
    )
    await expect(runtime.load({ component, manifest: { name: 'traps' } })).rejects.toMatchObject({
      code: 'ERR_GUEST_TRAPPED',
    })
    expect((await hello('/')).status).toBe(200)
  })
})

describe('an agent that cannot be isolated', () => {
  it('is refused by the reason: bodies that are too large for one message', async () => {
    open()
    const directory = fileURLToPath(new URL('stats', EXAMPLES))
    const { component, manifest } = await buildAgent({ directory })
    const load = (requestBodyBytes: number): Promise<unknown> =>
      runtime.load({
        component,
        manifest: { ...manifest, limits: { ...manifest.limits, requestBodyBytes } },
      })
    await expect(load(2 ** 26 + 1)).rejects.toMatchObject({
      code: 'ERR_COMPONENT_UNSUPPORTED',
      message: expect.stringContaining('its requests may have 67108865 bytes'),
    })
    await load(2 ** 26)
  })

  it('keeps its own resources: a function that would pass one is refused by its name', async () => {
    open()
    const component = await parse(`(component
      (type $t' (resource (rep i32)))
      (export $t "thing" (type $t'))
      (core func $new (canon resource.new $t'))
      (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (func (export "make") (result i32) (call $new (i32.const 7)))
        (func (export "one") (result i32) (i32.const 1)))
      (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
      (func (export "make") (result (own $t)) (canon lift (core func $i "make")))
      (func (export "one") (result u32) (canon lift (core func $i "one"))))`)
    const agent = await runtime.load({ component, manifest: { name: 'makes' } })
    await expect(agent.call('make')).rejects.toMatchObject({
      code: 'ERR_COMPONENT_UNSUPPORTED',
      message: expect.stringContaining('Cannot pass resource "thing"'),
    })
    expect(await agent.call('one')).toBe(1)
  })
})

describe('a process that ends', () => {
  it('fails its calls, and nothing of another group', async () => {
    open({ groupOf: (agent) => agent })
    let called = (): void => {}
    const underWay = new Promise<void>((resolve) => (called = resolve))
    const imports = { wait: () => (called(), new Promise(() => {})) }
    const component = await waiting('(call $wait (local.get 0))')
    const first = await runtime.load({ component, manifest: { name: 'first' }, imports })
    const hello = await example('hello')
    const lost = first.call('run', [1])
    const kept = hello('/')
    await underWay
    there.processes[0]?.crash()
    await expect(lost).rejects.toMatchObject({
      code: 'ERR_GUEST_KILLED',
      message: 'Stopped agent "first": the process of group "first" ended: signal SIGSEGV',
    })
    expect((await kept).status).toBe(200)
    expect(there.ends).toMatchObject([{ group: 'first', agents: ['first'], calls: 1 }])
  })

  it('is started again with its agents', async () => {
    open()
    const hello = await example('hello')
    there.processes[0]?.crash()
    // It waits until it has started.
    expect((await hello('/')).status).toBe(200)
    expect(there.processes).toHaveLength(2)
    there.processes[1]?.crash()
    // The second time it is not started at once.
    expect((await hello('/')).status).toBe(503)
    await expect.poll(() => hello('/').then(({ status }) => status), { timeout: 20_000 }).toBe(200)
  })
})

describe('a process that cannot be started', () => {
  it('fails the load, and the next one is tried', async () => {
    open()
    there.refuseNext('spawn EMFILE')
    await expect(example('hello')).rejects.toMatchObject({
      message: 'Cannot load agent "hello": the process of group "local" ended: spawn EMFILE',
    })
    expect((await (await example('hello'))('/')).status).toBe(200)
  })

  it('is tried again later, and the host goes on', async () => {
    open()
    const hello = await example('hello')
    there.refuseNext('spawn EMFILE')
    there.processes[0]?.crash()
    expect((await hello('/')).status).toBe(503)
    await expect.poll(() => hello('/').then(({ status }) => status), { timeout: 20_000 }).toBe(200)
    expect(there.ends.map(({ reason }) => reason)).toEqual(['signal SIGSEGV', 'spawn EMFILE'])
  })
})

describe('a process that is not what it should be', () => {
  const forged = new FrameWriter()
  it.each([
    ['an unknown message', () => forged.begin(99)],
    ['the end of a call that there is not', () => forged.begin(FROM_GROUP.done).u32(77).u8(0)],
    ['an import of a call that there is not', () => forged.begin(FROM_GROUP.import).u32(77)],
    ['an import that the plan has not', () => importOf(1, 9)],
    ['values of another type', () => importOf(1, 0).bytes(new Uint8Array(2))],
    ['an object that it was not given', () => forged.begin(FROM_GROUP.drop).u32(1).u32(1)],
    [
      'a failure that the host does not know',
      () => forged.begin(FROM_GROUP.done).u32(1).u8(2).f64(0),
    ],
    ['a count of an agent that there is not', () => forged.begin(FROM_GROUP.stats).u32(5)],
    ['counts that were not asked for', () => forged.begin(FROM_GROUP.stats).u32(1).text('{}')],
    ['an answer to a question', () => forged.begin(FROM_GROUP.loaded).u32(1).u8(1)],
    ['half a message', () => forged.begin(FROM_GROUP.done).u8(1)],
  ])('is ended for %s', async (_what, frame) => {
    open()
    let called = (): void => {}
    const underWay = new Promise<void>((resolve) => (called = resolve))
    const imports = { wait: () => (called(), new Promise(() => {})) }
    const component = await waiting('(call $wait (local.get 0))')
    const agent = await runtime.load({ component, manifest: { name: 'victim' }, imports })
    const call = agent.call('run', [1])
    await underWay
    there.processes[0]?.forge(frame().end())
    await expect(call).rejects.toMatchObject({ code: 'ERR_GUEST_KILLED' })
    expect(there.ends).toHaveLength(1)
  })

  it('is ended when it says that it begins, again and again', async () => {
    const begins = (): void => {
      for (let time = 0; time < 2; time++)
        there.processes[0]?.forge(forged.begin(FROM_GROUP.initialises).u32(1).end())
    }
    open({ groupOf: () => (setImmediate(begins), 'local') })
    const component = await waiting('(call $wait (local.get 0))')
    const imports = { wait: () => 1 }
    await expect(
      runtime.load({ component, manifest: { name: 'begins' }, imports }),
    ).rejects.toMatchObject({ message: expect.stringContaining('agent 1 initialises already') })
  })

  it('has used no more fuel than there was', async () => {
    open()
    let called = (): void => {}
    const underWay = new Promise<void>((resolve) => (called = resolve))
    const imports = { wait: () => (called(), new Promise(() => {})) }
    const component = await waiting('(call $wait (local.get 0))')
    const manifest = { name: 'liar', limits: { fuel: 1000 } }
    const agent = await runtime.load({ component, manifest, imports })
    const call = agent.call('run', [1])
    await underWay
    const done = forged.begin(FROM_GROUP.done).u32(1).u8(ENDING.error)
    there.processes[0]?.forge(done.f64(1e300).text('{}').end())
    await expect(call).rejects.toMatchObject({ code: 'ERR_GUEST_TRAPPED' })
    // With what the host has used for the guest.
    expect(records.at(-1)?.fuel).toBeLessThan(10_000)
  })

  it('calls nothing after a function of the host has failed', async () => {
    open()
    let called = (): void => {}
    const underWay = new Promise<void>((resolve) => (called = resolve))
    const given: unknown[] = []
    const wait = (n: number): unknown => {
      given.push(n)
      called()
      if (n === 1) return new Promise(() => {})
      throw new Error('denied')
    }
    const component = await waiting('(call $wait (local.get 0))')
    const manifest = { name: 'goes-on' }
    const agent = await runtime.load({ component, manifest, imports: { wait } })
    const client = new AbortController()
    const call = agent.call('run', [1], { signal: client.signal })
    await underWay
    for (const n of [2, 3, 4]) there.processes[0]?.forge(importOf(1, 0).u32(n).end())
    client.abort()
    await expect(call).rejects.toThrow()
    expect(given).toEqual([1, 2])
  })

  it('gets no more than a guest could have, whatever bytes it sends', async () => {
    open({ firstRestartMs: 0 })
    const given: unknown[] = []
    let called = (): void => {}
    const imports = { wait: (n: unknown) => (given.push(n), called(), new Promise(() => {})) }
    const component = await waiting('(call $wait (local.get 0))')
    const agent = await runtime.load({ component, manifest: { name: 'victim' }, imports })
    let lastCall = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.values(FROM_GROUP)),
        fc.nat({ max: 2 }),
        fc.uint8Array({ maxLength: 40 }),
        async (kind, ahead, bytes) => {
          const underWay = new Promise<void>((resolve) => (called = resolve))
          const client = new AbortController()
          const ended = agent
            .call('run', [1], { signal: client.signal })
            .catch((error: unknown) => error)
          await underWay
          lastCall++
          const process = there.processes.at(-1)
          process?.forge(
            forged
              .begin(kind)
              .u32(lastCall - ahead)
              .bytes(bytes)
              .end(),
          )
          client.abort()
          expect(await ended).toMatchObject({ code: expect.stringMatching(/^ERR_/) })
        },
      ),
      { numRuns: 200, seed: 1 },
    )
    expect(given.filter((n) => typeof n !== 'number')).toEqual([])
    expect(there.ends.length).toBeGreaterThan(50)
  }, 60_000)

  function importOf(call: number, index: number): FrameWriter {
    return forged.begin(FROM_GROUP.import).u32(call).u32(2).u32(index).f64(0)
  }
})
