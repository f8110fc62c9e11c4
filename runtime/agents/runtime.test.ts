import { describe, expect, it } from 'vitest'
import type { Capability } from '../host-module/index.ts'
import { componentOf } from '../link/testing/component.ts'
import type { InvocationRecord } from './invocation-record.ts'
import { Runtime } from './runtime.ts'

const COUNTER = await componentOf(
  'package t:t; world w { export bump: func() -> u32; }',
  `(module (memory (export "memory") 1)
    (global $n (mut i32) (i32.const 0))
    (func (export "bump") (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1)))
      (i32.add (global.get $n) (i32.load (i32.const 64)))))`,
)

const WAITER = await componentOf(
  'package t:t; interface host { wait: func(n: u32) -> u32; } world w { import host; export run: func(n: u32) -> u32; }',
  `(module (import "t:t/host" "wait" (func $wait (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (call $wait (local.get 0))))`,
)

const HOST = 't:t/host'

function failure(code: string): unknown {
  return expect.objectContaining({ code })
}

describe('Runtime', () => {
  it('load() refuses what is no component, and says what it is', async () => {
    const runtime = new Runtime({ capabilities: [] })
    const load = (component: Uint8Array): Promise<unknown> =>
      runtime.load({ component, manifest: { name: 'a' } })
    await expect(load(new Uint8Array())).rejects.toEqual(failure('ERR_COMPONENT_MALFORMED'))
    await expect(load(COUNTER.subarray(0, 40))).rejects.toEqual(failure('ERR_COMPONENT_MALFORMED'))
    const core = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    await expect(load(core)).rejects.toThrow(/core module/)
    expect(runtime.agents).toHaveLength(0)
  })

  it('load() refuses an import without a provider, by name', async () => {
    const runtime = new Runtime({ capabilities: [] })
    const load = runtime.load({ component: WAITER, manifest: { name: 'a' } })
    await expect(load).rejects.toEqual(failure('ERR_IMPORT_UNSATISFIED'))
    await expect(load).rejects.toThrow(/"t:t\/host"/)
  })

  it('load() refuses an interface the manifest does not grant, with the line that would', async () => {
    const runtime = new Runtime({ capabilities: [capability(false)] })
    const load = runtime.load({ component: WAITER, manifest: { name: 'a' } })
    await expect(load).rejects.toEqual(failure('ERR_CAPABILITY_DENIED'))
    await expect(load).rejects.toMatchObject({ hint: expect.stringContaining('"host": true') })
  })

  it('load() links an interface the manifest grants', async () => {
    const runtime = new Runtime({ capabilities: [capability(true)] })
    const agent = await runtime.load({ component: WAITER, manifest: { name: 'a' } })
    expect(await agent.call('run', [20])).toBe(21)
    await runtime.close()
  })

  it('load() after close() is refused', async () => {
    const runtime = new Runtime({ capabilities: [] })
    await runtime.close()
    const load = runtime.load({ component: COUNTER, manifest: { name: 'a' } })
    await expect(load).rejects.toEqual(failure('ERR_RUNTIME_CLOSED'))
  })
})

describe('Agent', () => {
  it('call() finds the same state every time', async () => {
    const runtime = new Runtime({ capabilities: [] })
    const agent = await runtime.load({ component: COUNTER, manifest: { name: 'a' } })
    for (let call = 0; call < 10; call++) expect(await agent.call('bump')).toBe(2)
    expect(agent.stats()).toMatchObject({ invocations: 10, failures: 0, active: 0 })
    await runtime.close()
  })

  it('call() names the field of a value that does not fit', async () => {
    const runtime = new Runtime({ capabilities: [capability(true)] })
    const agent = await runtime.load({ component: WAITER, manifest: { name: 'a' } })
    await expect(agent.call('run', [-1])).rejects.toEqual(failure('ERR_VALUE_MISMATCH'))
    await expect(agent.call('walk')).rejects.toEqual(failure('ERR_EXPORT_MISSING'))
    await runtime.close()
  })

  it('call() waits for a promise of an import, and serves others meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const runtime = new Runtime({ capabilities: [] })
    const agent = await runtime.load({
      component: WAITER,
      manifest: { name: 'a' },
      imports: { [HOST]: { wait: (n: number) => (n === 1 ? promise : n) } },
    })
    const waiting = agent.call('run', [1])
    expect(await agent.call('run', [7])).toBe(7)
    expect(agent.stats().active).toBe(1)
    resolve(42)
    expect(await waiting).toBe(42)
    await runtime.close()
  })

  it('call() stops a guest that waits beyond its deadline', async () => {
    const records: InvocationRecord[] = []
    const runtime = new Runtime({
      capabilities: [],
      onInvocation: (record) => records.push(record),
    })
    const agent = await runtime.load({
      component: WAITER,
      manifest: { name: 'a', limits: { deadlineMs: 20 } },
      imports: { [HOST]: { wait: () => new Promise(() => {}) } },
    })
    await expect(agent.call('run', [1])).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      hint: expect.stringContaining('limits.deadlineMs'),
    })
    expect(records[0]?.outcome).toMatchObject({ state: 'limited', limit: 'deadline' })
    await runtime.close()
  })

  it('fetch() does not blame the guest for a request that breaks off', async () => {
    const records: InvocationRecord[] = []
    const runtime = new Runtime({ capabilities: [], onInvocation: (each) => records.push(each) })
    const agent = await runtime.load({ component: COUNTER, manifest: { name: 'a' } })
    const body = new ReadableStream({
      pull: (controller) => controller.error(new Error('ECONNRESET')),
    })
    // The types of the DOM do not know that a body may be sent while the answer arrives.
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    const response = await agent.fetch(new Request('http://host/', init))
    expect(response.status).toBe(499)
    expect(records[0]?.outcome).toMatchObject({
      state: 'abandoned',
      error: { message: 'Stopped agent "a": the client went away' },
    })
    await runtime.close()
  })

  it('fetch() ends with 499 when the signal of the request is aborted, which is no failure', async () => {
    const records: InvocationRecord[] = []
    const runtime = new Runtime({ capabilities: [], onInvocation: (each) => records.push(each) })
    const agent = await runtime.load({ component: COUNTER, manifest: { name: 'a' } })
    const client = new AbortController()
    const body = new ReadableStream({ pull: () => client.abort() }, { highWaterMark: 0 })
    // The types of the DOM do not know that a body may be sent while the answer arrives.
    const init = { method: 'POST', body, duplex: 'half', signal: client.signal } as RequestInit
    const response = await agent.fetch(new Request('http://host/', init))
    expect(response.status).toBe(499)
    expect(await response.json()).toMatchObject({ error: 'client left' })
    expect(records[0]?.outcome).toMatchObject({ state: 'abandoned' })
    expect(agent.stats()).toMatchObject({ invocations: 1, failures: 0, active: 0 })
    await runtime.close()
  })

  it('kill() stops a waiting guest at once, and it never wakes up', async () => {
    let calls = 0
    const { promise, resolve } = Promise.withResolvers<number>()
    const runtime = new Runtime({ capabilities: [] })
    const agent = await runtime.load({
      component: WAITER,
      manifest: { name: 'a' },
      imports: { [HOST]: { wait: () => (calls++, promise) } },
    })
    const waiting = agent.call('run', [1])
    const rejected = expect(waiting).rejects.toEqual(failure('ERR_GUEST_KILLED'))
    await Promise.resolve()
    expect(agent.kill()).toBe(1)
    await rejected
    resolve(1)
    await new Promise((done) => setTimeout(done, 5))
    expect(calls).toBe(1)
    expect(agent.stats().active).toBe(0)
    await runtime.close()
  })

  it('unload() waits for what is under way and refuses what comes after', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const runtime = new Runtime({ capabilities: [] })
    const agent = await runtime.load({
      component: WAITER,
      manifest: { name: 'a' },
      imports: { [HOST]: { wait: () => promise } },
    })
    const waiting = agent.call('run', [1])
    const unloaded = agent.unload()
    await expect(agent.call('run', [1])).rejects.toEqual(failure('ERR_RUNTIME_CLOSED'))
    resolve(5)
    expect(await waiting).toBe(5)
    await unloaded
    expect(runtime.agents).toHaveLength(0)
  })

  it('fetch() answers 501 with the request id when the component handles no requests', async () => {
    const runtime = new Runtime({ capabilities: [] })
    const agent = await runtime.load({ component: COUNTER, manifest: { name: 'a' } })
    const response = await agent.fetch(new Request('http://a/'), { id: 'r1' })
    expect(response.status).toBe(501)
    expect(response.headers.get('x-request-id')).toBe('r1')
    expect(await response.json()).toEqual({ error: 'agent answers no requests', requestId: 'r1' })
    await runtime.close()
  })
})

function capability(granted: boolean): Capability {
  return {
    name: 'host',
    interfaces: [HOST],
    example: '"host": true',
    configure: () => ({
      granted,
      prepare: () => ({ [HOST]: { wait: (n: number) => n + 1 } }),
      async [Symbol.asyncDispose]() {},
    }),
  }
}
