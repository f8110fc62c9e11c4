import { fileURLToPath } from 'node:url'
import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import { RESTING } from '../link/testing/resting.ts'
import { ANSWER, END, HELLO, INPUT, RESPONSE, service } from '../wasi/testing/service.ts'
import { MAX_WAITING } from './frame.ts'
import { EXAMPLES, isolatedStage, waiting } from './testing/isolated-stage.ts'

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

describe('an agent in the process of its group', () => {
  it('waits for the host without a stack', async () => {
    await using stage = isolatedStage()
    const imports = { slow: async (n: number) => (await Promise.resolve(), n) }
    const component = await parse(RESTING)
    const agent = await stage.runtime.load({ component, manifest: { name: 'resting' }, imports })
    expect(await agent.call('sum', [3])).toBe(6)
    expect(stage.there.ends).toEqual([])
  })

  it('is stopped when it starts more calls of the host than may wait, and its neighbours are not', async () => {
    await using stage = isolatedStage()
    const imports = { wait: () => new Promise(() => {}) }
    const component = await parse(FLOOD)
    const agent = await stage.runtime.load({ component, manifest: { name: 'flood' }, imports })
    expect(await agent.call('run', [MAX_WAITING])).toBe(MAX_WAITING)
    await expect(agent.call('run', [MAX_WAITING + 1])).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
    })
    expect(stage.there.ends).toEqual([])
  })

  it('of JavaScript answers requests', async () => {
    await using stage = isolatedStage()
    const hello = await stage.example('hello')
    expect(await (await hello('/hello/Ada')).text()).toBe('Hello, Ada!')
    const init = { method: 'POST', body: '{"a":[1,"ä"]}' }
    expect(await (await hello('/echo', init)).json()).toEqual({ a: [1, 'ä'] })
  })

  it('of AssemblyScript answers requests', async () => {
    await using stage = isolatedStage()
    const stats = await stage.example('stats')
    const answer = await stats('/', { method: 'POST', body: 'a\n1\n3' })
    expect(await answer.json()).toMatchObject({ columns: [{ mean: 2 }] })
  })

  it('keeps values in a store of the host', async () => {
    await using stage = isolatedStage()
    const counter = await stage.example('counter')
    await counter('/a')
    expect(await (await counter('/a')).json()).toEqual({ path: '/a', visits: 2 })
    expect(stage.records.at(-1)?.events[0]).toMatchObject({ capability: 'kv', outcome: 'allowed' })
  })

  it('sends requests that are granted, and no other', async () => {
    await using stage = isolatedStage()
    const fetcher = await stage.example('fetcher')
    expect(await (await fetcher('/')).json()).toMatchObject({ status: 200, characters: 14 })
    const directory = fileURLToPath(new URL('fetcher', EXAMPLES))
    const { component, manifest } = await buildAgent({ directory })
    const capabilities = { ...manifest.capabilities, http: [{ host: 'other.example' }] }
    const other = { ...manifest, name: 'other', capabilities }
    const agent = await stage.runtime.load({ component, manifest: other })
    await agent.fetch(new Request('http://agent/'))
    expect(stage.records.at(-1)?.events).toMatchObject([{ capability: 'http', outcome: 'denied' }])
  })

  it('streams its answer', async () => {
    await using stage = isolatedStage()
    const stream = await stage.example('stream')
    const answer = await stream('/?count=3&interval=1')
    expect((await answer.text()).match(/data:/g)?.length).toBeGreaterThan(1)
  })

  it('calls other agents', async () => {
    await using stage = isolatedStage()
    const all = ['planner', 'search', 'calc', 'report'].map((name) => stage.example(name))
    const [planner] = await Promise.all(all)
    const body = JSON.stringify({ question: 'How long is the Nile, and the Amazon?' })
    await planner?.('/', { method: 'POST', body })
    expect(new Set(stage.records.map(({ agent }) => agent)).size).toBeGreaterThan(1)
    expect(stage.records.find(({ agent }) => agent === 'planner')?.fuel).toBeGreaterThan(
      stage.records.find(({ agent }) => agent !== 'planner')?.fuel ?? Infinity,
    )
  })

  it('serves wasi:http, with the body of the request in pieces', async () => {
    await using stage = isolatedStage()
    const pass = `${INPUT} ${RESPONSE} ${ANSWER} ${HELLO}
      (block $done (loop $more
        (call $read (local.get $i) (i64.const 4) (i32.const 64))
        (br_if $done (i32.load8_u (i32.const 64)))
        (call $write (local.get $s) (i32.load (i32.const 68)) (i32.load (i32.const 72)) (i32.const 16))
        (br $more)))
      ${END}`
    const agent = await stage.runtime.load({
      component: await service(pass),
      manifest: { name: 'proxy' },
    })
    const init = { method: 'POST', body: 'the body' }
    const answer = await agent.fetch(new Request('http://agent/', init))
    expect(await answer.text()).toBe('hello worldthe body')
  })

  it('finds the same state in every call', async () => {
    await using stage = isolatedStage()
    const imports = { wait: (n: number) => Promise.resolve(n + 1) }
    const component = await waiting('(call $wait (call $wait (local.get 0)))')
    const agent = await stage.runtime.load({ component, manifest: { name: 'waits' }, imports })
    expect(await Promise.all([agent.call('run', [1]), agent.call('run', [5])])).toEqual([3, 7])
    await expect(agent.call('run', ['one'])).rejects.toMatchObject({
      message: 'Cannot pass arguments[0]: expected u32, got "one"',
    })
    await expect(agent.call('walk')).rejects.toMatchObject({ code: 'ERR_EXPORT_MISSING' })
  })

  it('ends with the error of the host, unchanged', async () => {
    await using stage = isolatedStage()
    const failure = new Error('the disk is gone')
    const imports = { wait: () => Promise.reject(failure) }
    const component = await waiting('(call $wait (local.get 0))')
    const agent = await stage.runtime.load({ component, manifest: { name: 'fails' }, imports })
    await expect(agent.call('run', [1])).rejects.toBe(failure)
  })

  it('is stopped at its deadline, where it computes and where it waits', async () => {
    await using stage = isolatedStage()
    const imports = { wait: () => new Promise(() => {}) }
    const limits = { deadlineMs: 50 }
    for (const [name, code] of Object.entries({
      computes: '(loop $l (br $l)) (unreachable)',
      waits: '(call $wait (local.get 0))',
    })) {
      const component = await waiting(code)
      const agent = await stage.runtime.load({ component, manifest: { name, limits }, imports })
      await expect(agent.call('run', [1])).rejects.toMatchObject({
        facts: { limit: 'deadline' },
      })
    }
    expect(stage.there.ends).toEqual([])
  })

  it('is refused where it does not initialise, and the group goes on', async () => {
    await using stage = isolatedStage()
    const hello = await stage.example('hello')
    const component = await parse(
      '(component (core module $m (func $f (unreachable)) (start $f)) (core instance (instantiate $m)))',
    )
    await expect(
      stage.runtime.load({ component, manifest: { name: 'traps' } }),
    ).rejects.toMatchObject({
      code: 'ERR_GUEST_TRAPPED',
    })
    expect((await hello('/')).status).toBe(200)
  })
})

describe('an agent that cannot be isolated', () => {
  it('is refused by the reason: bodies that are too large for one message', async () => {
    await using stage = isolatedStage()
    const directory = fileURLToPath(new URL('stats', EXAMPLES))
    const { component, manifest } = await buildAgent({ directory })
    const load = (requestBodyBytes: number): Promise<unknown> =>
      stage.runtime.load({
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
    await using stage = isolatedStage()
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
    const agent = await stage.runtime.load({ component, manifest: { name: 'makes' } })
    await expect(agent.call('make')).rejects.toMatchObject({
      code: 'ERR_COMPONENT_UNSUPPORTED',
      message: expect.stringContaining('Cannot pass resource "thing"'),
    })
    expect(await agent.call('one')).toBe(1)
  })
})
