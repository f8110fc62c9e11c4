import { parse } from '@bytecodealliance/jco'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { InvocationRecord } from './index.ts'
import { Runtime } from '../presets/index.ts'
import { actorComponent } from './testing/actor.ts'
import { sharedCode } from '../testing/shared-code.ts'

let actor: Uint8Array
let runtime: Runtime
let records: InvocationRecord[] = []
beforeAll(async () => {
  actor = await actorComponent()
}, 60_000)
afterEach(() => runtime.close())

type Manifests = Readonly<Record<string, { capabilities?: object; limits?: object }>>

/** Loads actors; returns a function that makes the actor named `caller` act. */
async function act(agents: Manifests): Promise<(...step: unknown[]) => Promise<unknown>> {
  records = []
  runtime = new Runtime({
    codeStore: sharedCode,
    onInvocation: (record) => void records.push(record),
  })
  const loaded = await Promise.all(
    Object.entries(agents).map(([name, manifest]) =>
      runtime.load({ component: actor, manifest: { name, ...manifest } }),
    ),
  )
  const caller = loaded.find(({ name }) => name === 'caller')
  return async function run(...step) {
    const init = { method: 'POST', body: JSON.stringify(step) }
    const response = await caller?.fetch(new Request('http://any/', init), { id: 'first' })
    return response?.ok ? response.json() : response?.status
  }
}

const NOTES = { kv: { notes: { access: 'write' } } }

function endOf(agent: string): string | undefined {
  return records.find((record) => record.agent === agent)?.outcome.state
}

describe('an agent that calls another', () => {
  it('gets its result, each time from a fresh state', async () => {
    const run = await act({ caller: { capabilities: { tools: { tool: {} } } }, tool: {} })
    expect(await run('call', 'tool', ['echo', { a: [1, 'ä', null] }])).toEqual({
      a: [1, 'ä', null],
    })
    expect(await run('repeat', 2, ['call', 'tool', ['state']])).toEqual([0, 0])
    expect(records.map(({ id }) => id)).toEqual(['first.1', 'first', 'first.1', 'first.2', 'first'])
  })

  it('is named by the audit records of what it calls', async () => {
    const events: object[] = []
    runtime = new Runtime({
      codeStore: sharedCode,
      audit: { append: (event) => void events.push(event), blocked: undefined },
    })
    const manifest = { name: 'caller', capabilities: { tools: { tool: {} } } }
    const caller = await runtime.load({ component: actor, manifest })
    await runtime.load({ component: actor, manifest: { name: 'tool' } })
    const init = { method: 'POST', body: '["call","tool",["echo",1]]' }
    await caller.fetch(new Request('http://any/', init), { id: 'first', caller: 'http' })
    expect(events.slice(2)).toMatchObject([
      { kind: 'invocation', agent: 'tool', invocation: 'first.1', caller: 'agent:caller' },
      { kind: 'use', agent: 'caller', capability: 'tools', target: 'tool', rule: 'tools.tool' },
      { kind: 'invocation', agent: 'caller', invocation: 'first', caller: 'http' },
    ])
  })

  it('is denied every tool it was not granted, and itself', async () => {
    const run = await act({
      caller: { capabilities: { tools: { other: {} } } },
      tool: {},
      other: {},
    })
    expect(await run('attempt', ['call', 'tool', ['echo', 1]])).toBe('denied')
    expect(await run('attempt', ['call', 'caller', ['echo', 1]])).toBe('denied')
    expect(await run('attempt', ['call', 'constructor', ['echo', 1]])).toBe('denied')
    expect(records.map(({ agent }) => agent)).toEqual(['caller', 'caller', 'caller'])
    expect(records[0]?.events).toMatchObject([
      { capability: 'tools', outcome: 'denied', hint: 'Add "tool": {} to capabilities.tools' },
    ])
  })

  it('may call it by another name, and gets an error when it is not there', async () => {
    const tools = { helper: { agent: 'tool' }, gone: {} }
    const run = await act({ caller: { capabilities: { tools } }, tool: {} })
    expect(await run('call', 'helper', ['echo', 1])).toBe(1)
    expect(await run('attempt', ['call', 'gone', ['echo', 1]])).toBe('unavailable')
  })

  it('learns how a tool ended and nothing more', async () => {
    const capabilities = { tools: { tool: {} } }
    const run = await act({
      caller: { capabilities },
      tool: { limits: { deadlineMs: 50, requestBodyBytes: 100 } },
    })
    const ends = [
      ['call', 'tool', ['status', 422]],
      ['call', 'tool', ['status', 500]],
      ['call', 'tool', ['no such step']],
      ['call', 'tool', ['spin']],
      ['call', 'tool', ['echo', 'x'.repeat(100)]],
    ]
    expect(await run('each', ...ends.map((step) => ['attempt', step]))).toEqual([
      ...['malformed', 'failed', 'failed', 'limited', 'malformed'],
    ])
  })
})

describe('what a tool may do', () => {
  it('is its own, not that of its caller', async () => {
    const run = await act({
      caller: { capabilities: { ...NOTES, tools: { with: {}, without: {} } } },
      with: { capabilities: NOTES },
      without: {},
    })
    await run('write', 'k', 'of the caller')
    await run('call', 'with', ['write', 'k', 'of the tool'])
    const read = ['attempt', ['read', 'k']]
    expect(
      await run('each', ['read', 'k'], ['call', 'with', read], ['call', 'without', read]),
    ).toEqual(['of the caller', 'of the tool', 'denied'])
  })

  it('is not that of what it calls', async () => {
    const run = await act({
      caller: { capabilities: { tools: { tool: {} } } },
      tool: { capabilities: { ...NOTES, tools: { deep: {} } } },
      deep: {},
    })
    expect(await run('attempt', ['call', 'deep', ['echo', 1]])).toBe('denied')
    expect(await run('attempt', ['read', 'k'])).toBe('denied')
    expect(await run('call', 'tool', ['call', 'deep', ['attempt', ['read', 'k']]])).toBe('denied')
  })

  it('is less under a link that narrows it, and whole under others', async () => {
    const run = await act({
      caller: {
        capabilities: {
          tools: {
            full: { agent: 'tool' },
            reader: { agent: 'tool', narrow: { 'kv.notes': { access: 'read' } } },
            nothing: { agent: 'tool', revoke: ['kv.notes', 'tools.deep'] },
          },
        },
      },
      tool: { capabilities: { ...NOTES, tools: { deep: {} } } },
      deep: {},
    })
    await run('call', 'full', ['write', 'k', 'v'])
    const all = [
      'each',
      ...[
        ['read', 'k'],
        ['write', 'k', 'w'],
        ['call', 'deep', ['echo', 1]],
      ].map((step) => ['attempt', step]),
    ]
    expect(await run('call', 'reader', all)).toEqual(['v', 'denied', 1])
    expect(await run('call', 'nothing', all)).toEqual(['denied', 'denied', 'denied'])
    expect(await run('call', 'full', all)).toEqual(['v', null, 1])
  })

  it('is never more: a link that would widen it leads nowhere', async () => {
    const narrow = { 'kv.notes': { access: 'write' } }
    const run = await act({
      caller: { capabilities: { tools: { tool: { narrow }, bare: { narrow } } } },
      tool: { capabilities: { kv: { notes: { access: 'read' } } } },
      bare: {},
    })
    const write = ['attempt', ['write', 'k', 'v']]
    expect(await run('attempt', ['call', 'tool', write])).toBe('unavailable')
    expect(await run('attempt', ['call', 'bare', write])).toBe('unavailable')
  })

  it('shrinks with its own grants, over links as well', async () => {
    const narrow = { 'kv.notes': { maxUses: 1000 } }
    const run = await act({
      caller: { capabilities: { tools: { tool: { narrow } } } },
      tool: { capabilities: NOTES },
    })
    const write = ['attempt', ['write', 'k', 'v']]
    expect(await run('call', 'tool', write)).toBe(null)
    const tool = runtime.agents.find(({ name }) => name === 'tool')
    await tool?.attenuate({ revoke: ['kv.notes'] })
    expect(await run('call', 'tool', write)).toBe('denied')
  })
})

describe('what a tool may spend', () => {
  it('comes out of its caller’s budgets', async () => {
    const run = await act({
      caller: { capabilities: { tools: { tool: {} } }, limits: { kvOperations: 3 } },
      tool: { capabilities: NOTES },
    })
    const twice = ['call', 'tool', ['repeat', 2, ['read', 'k']]]
    expect(await run('each', twice, twice)).toEqual([
      ['nothing', 'nothing'],
      ['nothing', 'limited'],
    ])
  })

  it('bounds how many tools are called, by all of them together', async () => {
    const run = await act({
      caller: { capabilities: { tools: { tool: {} } }, limits: { toolCalls: 4 } },
      tool: { capabilities: { tools: { deep: {} } } },
      deep: {},
    })
    const twice = ['call', 'tool', ['repeat', 2, ['call', 'deep', ['echo', 1]]]]
    expect(await run('each', twice, ['attempt', twice], ['attempt', twice])).toEqual([
      [1, 1],
      ['limited', 'limited'],
      'limited',
    ])
  })

  it('lets a tool compute for long, called from a guest without a stack, before and after it is known', async () => {
    const run = await act({ caller: { capabilities: { tools: { tool: {} } } }, tool: {} })
    const burn = ['attempt', ['call', 'tool', ['burn', 2_000_000]]]
    expect(await run('each', burn, burn)).toEqual([null, null])
    const [tool] = runtime.agents.filter(({ name }) => name === 'tool')
    expect(tool?.stats().pauses).toBeGreaterThan(1)
  })

  it('ends a tool that calls itself at the bound of depth', async () => {
    const capabilities = { tools: { caller: {} } }
    const run = await act({ caller: { capabilities } })
    expect(await run('deeper', 'caller', 0)).toEqual([8, 'limited'])
  })

  it('ends tools that call each other for ever, in the time of the first', async () => {
    const limits = { deadlineMs: 400 }
    const run = await act({
      caller: { capabilities: { tools: { tool: {} } }, limits },
      tool: { capabilities: { tools: { caller: {} } } },
    })
    expect(await run('call', 'tool', ['call', 'caller', ['call', 'tool', ['spin']]])).toBe(504)
    expect(records.every(({ outcome }) => outcome.state !== 'completed')).toBe(true)
  })

  it('is no more time than its caller has', async () => {
    const run = await act({
      caller: { capabilities: { tools: { tool: {} } }, limits: { deadlineMs: 500 } },
      tool: { limits: { deadlineMs: 60_000 } },
    })
    const started = performance.now()
    expect(await run('attempt', ['call', 'tool', ['spin']])).toBe(504)
    expect(performance.now() - started).toBeLessThan(8_000)
    expect(endOf('caller')).toBe('limited')
    // By its own deadline, which is its caller's, or as its caller ends: whichever is seen first.
    expect(endOf('tool')).toMatch(/^(limited|abandoned)$/)
    expect(runtime.agents.map((agent) => agent.stats().active)).toEqual([0, 0])
  })

  it('ends when the client of its caller goes away, or its caller is killed', async () => {
    for (const end of ['abort', 'kill']) {
      const capabilities = { tools: { tool: {} } }
      const run = await act({ caller: { capabilities }, tool: {} })
      const client = new AbortController()
      const caller = runtime.agents.find(({ name }) => name === 'caller') ?? fail()
      const init = { method: 'POST', body: '["call","tool",["wait",60000]]' }
      const answer = caller.fetch(new Request('http://any/', init), { signal: client.signal })
      const tool = runtime.agents.find(({ name }) => name === 'tool') ?? fail()
      await vi.waitUntil(() => tool.stats().active === 1)
      if (end === 'abort') client.abort()
      else caller.kill()
      expect((await answer).status).toBe(end === 'abort' ? 499 : 503)
      // A turn later: the caller's answer waits for no callee.
      await vi.waitFor(() => expect([endOf('tool'), tool.stats().active]).toEqual(['abandoned', 0]))
      expect(await run('call', 'tool', ['state'])).toBe(0)
      await runtime.close()
    }
  })

  it('is no more fuel than its caller has left', async () => {
    const run = await act({
      caller: { capabilities: { tools: { tool: {} } }, limits: { fuel: 20_000_000 } },
      tool: {},
    })
    expect(await run('attempt', ['call', 'tool', ['spin']])).toBe(504)
    expect(endOf('tool')).toBe('limited')
    const fuel = records.reduce((sum, record) => sum + record.fuel, 0)
    expect(fuel).toBeLessThan(25_000_000)
  })
})

describe('an import that another agent provides', async () => {
  const ops = (result: string) =>
    `(export "add" (func (param "a" u32) (param "b" u32) (result ${result})))`
  const CALLER = await parse(`(component
    (import "acme:math/ops" (instance $ops ${ops('u32')}))
    (core func $add (canon lower (func $ops "add")))
    (core module $m
      (import "ops" "add" (func $add (param i32 i32) (result i32)))
      (func (export "run") (param i32) (result i32)
        (call $add (call $add (local.get 0) (i32.const 2)) (i32.const 3))))
    (core instance $i (instantiate $m (with "ops" (instance (export "add" (func $add))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`)
  const calc = (type: string) =>
    parse(`(component
      (core module $m
        (global $n (mut i32) (i32.const 0))
        (func (export "add") (param i32 i32) (result i32)
          (global.set $n (i32.add (global.get $n) (i32.const 100)))
          (i32.add (global.get $n) (i32.add (local.get 0) (local.get 1)))))
      (core instance $i (instantiate $m))
      (func $add (param "a" ${type}) (param "b" ${type}) (result ${type})
        (canon lift (core func $i "add")))
      (instance $ops (export "add" (func $add)))
      (export "acme:math/ops" (instance $ops)))`)
  const granted = {
    name: 'caller',
    capabilities: { tools: { calc: { provides: ['acme:math/ops'] } } },
    limits: { toolCalls: 2 },
  }

  it('is linked, each call in a slot of its own', async () => {
    runtime = new Runtime({ codeStore: sharedCode })
    await runtime.load({ component: await calc('u32'), manifest: { name: 'calc' } })
    const caller = await runtime.load({ component: CALLER, manifest: granted })
    // 100 is added once a call and never twice: every call finds the state initialisation left.
    expect(await caller.call('run', [1])).toBe(206)
  })

  it('is refused without the grant', async () => {
    runtime = new Runtime({ codeStore: sharedCode })
    await expect(
      runtime.load({ component: CALLER, manifest: { name: 'caller' } }),
    ).rejects.toMatchObject({ code: 'ERR_IMPORT_UNSATISFIED' })
  })

  it('is refused when its type is another, or it is not there', async () => {
    runtime = new Runtime({ codeStore: sharedCode })
    const calls = await runtime.load({ component: await calc('s32'), manifest: { name: 'calc' } })
    const loading = runtime.load({ component: CALLER, manifest: granted })
    await expect(loading).rejects.toThrow('agent "calc" exports it with another type')
    await calls.unload()
    await runtime.load({ component: CALLER, manifest: { ...granted, name: 'calc' } })
    await expect(runtime.load({ component: CALLER, manifest: granted })).rejects.toThrow(
      'agent "calc" does not export it',
    )
  })

  it('is compared again when what provides it comes later, or another version of it', async () => {
    runtime = new Runtime({ codeStore: sharedCode })
    const caller = await runtime.load({ component: CALLER, manifest: granted })
    const load = async (type: string) =>
      runtime.load({ component: await calc(type), manifest: { name: 'calc' } })
    const other = await load('s32')
    const refused = {
      code: 'ERR_IMPORT_UNSATISFIED',
      message: expect.stringContaining('agent "calc" exports it with another type'),
    }
    await expect(caller.call('run', [1])).rejects.toMatchObject(refused)
    await expect(caller.call('run', [1])).rejects.toMatchObject(refused)
    const same = await load('u32')
    await other.unload()
    expect(await caller.call('run', [1])).toBe(206)
    const next = await load('s32')
    await expect(caller.call('run', [1])).rejects.toMatchObject(refused)
    // Rolled back: calls under way with the version before were never disturbed.
    await next.unload()
    expect(await caller.call('run', [1])).toBe(206)
    await same.unload()
    await expect(caller.call('run', [1])).rejects.toMatchObject({ code: 'ERR_HOST_UNAVAILABLE' })
  })

  it('counts as a tool call', async () => {
    runtime = new Runtime({ codeStore: sharedCode })
    await runtime.load({ component: await calc('u32'), manifest: { name: 'calc' } })
    const manifest = { ...granted, limits: { toolCalls: 1 } }
    const caller = await runtime.load({ component: CALLER, manifest })
    await expect(caller.call('run', [1])).rejects.toBeDefined()
  })
})

function fail(): never {
  throw new Error('an agent is missing')
}
