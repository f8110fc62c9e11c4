/**
 * Parts that agents share, and checks that sharing reveals nothing of one agent to another.
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco'
import { describe, expect, it, vi } from 'vitest'
import { hostile } from './testing/hostile.ts'
import { scriptAgent } from '../../host/toolchain/testing/script-agent.ts'
import { Runtime } from '../presets/index.ts'
import { stage } from './testing/stage.ts'

const SECRET = 'secret-0000'

/** An agent with a secret in its image, which it tells, and a variable that must never live on. */
const TELLER = await scriptAgent(`import { encodeUtf8 } from 'mayfly:agent/engine'
      const secret = ['${SECRET}', 'and', '${SECRET}'].join(' ')
      let before = ''
      export const handler = {
        handle(request) {
          const body = encodeUtf8(secret + before)
          before += ' after ' + secret
          return { status: 200, headers: [], body }
        },
      }`)

/** The same agent with another secret. */
function teller(number: number): Uint8Array {
  const bytes = Buffer.from(TELLER)
  const secret = `secret-${String(number).padStart(4, '0')}`
  for (let at = bytes.indexOf(SECRET); at !== -1; at = bytes.indexOf(SECRET, at + 1))
    bytes.write(secret, at)
  return new Uint8Array(bytes)
}

async function tell(agent: { fetch(request: Request): Promise<Response> }): Promise<string> {
  return (await agent.fetch(new Request('http://agent/'))).text()
}

function told(number: number): string {
  const secret = `secret-${String(number).padStart(4, '0')}`
  return `${secret} and ${secret}`
}

describe('agents of one toolchain', () => {
  it('compile nothing after the first, and take little more than what sets them apart', async () => {
    const runtime = new Runtime()
    const load = (number: number) =>
      runtime.load({ component: teller(number), manifest: { name: `teller-${number}` } })
    await load(0)
    const compile = vi.spyOn(WebAssembly, 'compile')
    const agents = []
    for (let number = 1; number < 100; number++) agents.push(await load(number))
    expect(compile).not.toHaveBeenCalled()
    compile.mockRestore()
    expect(await tell(agents[98 - 1] ?? fail())).toBe(told(98))
    const bytes = agents.reduce((sum, agent) => sum + agent.stats().imageBytes, 0)
    expect(bytes / agents.length).toBeLessThan(65_536)
    await runtime.close()
  })

  it.for(['pages', 'copy'])('take turns on one slot without a trace (%s)', async (reset) => {
    const runtime = new Runtime({ pool: { maxMemories: 1 } })
    const agents = await Promise.all(
      [1, 2, 3].map((number) =>
        runtime.load({
          component: teller(number),
          manifest: { name: `teller-${number}`, limits: { reset } },
        }),
      ),
    )
    for (const number of [1, 2, 1, 1, 3, 2, 2, 1, 3, 3, 1])
      expect(await tell(agents[number - 1] ?? fail())).toBe(told(number))
    await agents[1]?.unload()
    for (const number of [1, 3, 1])
      expect(await tell(agents[number - 1] ?? fail())).toBe(told(number))
    await runtime.close()
  })

  it('find only their own bytes, however much or little data each has', async () => {
    const component = (data: string): Promise<Uint8Array> =>
      parse(`(component
        (core module $m (memory (export "memory") 3) ${data}
          (func (export "run") (param i32) (result i32)
            (local $at i32) (local $sum i32)
            (loop $next
              (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br_if $next (i32.lt_u (local.get $at) (i32.const 196608))))
            (i32.store8 (i32.add (i32.const 4095) (local.get 0)) (i32.const 77))
            (local.get $sum)))
        (core instance $i (instantiate $m))
        (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`)
    for (const reset of ['pages', 'copy', 'auto']) {
      await using theatre = await stage({ pool: { maxMemories: 2 } })
      const datas: [string, number][] = [
        ['', 0],
        ['(data (i32.const 4090) "\\01\\01\\01\\01\\01\\01\\01\\01")', 8],
        [`(data (i32.const 70000) "${'\\02'.repeat(9000)}")`, 18_000],
        ['(data (i32.const 196600) "\\ff\\ff\\ff\\ff\\ff\\ff\\ff\\ff")', 2040],
      ]
      const agents = await Promise.all(
        datas.map(async ([data]) => theatre.load(await component(data), { limits: { reset } })),
      )
      for (let call = 0; call < 40; call++) {
        const which = (call * 7 + (call >> 2)) % 4
        const sum = await agents[which]?.call('run', [call * 4093])
        expect(sum).toBe(datas[which]?.[1])
      }
    }
  })
})

describe('the pool', () => {
  const waiting = (promise: Promise<number>) => ({ 'acme:host/env': { now: () => promise } })

  it('answers 503 and when to come back once slots and queue are full', async () => {
    await using theatre = await stage({ pool: { maxMemories: 2, maxWaiting: 1 } })
    const { promise, resolve } = Promise.withResolvers<number>()
    const load = () => theatre.load(hostile('call-host'), { imports: waiting(promise) })
    // One alone gets half.
    const [first, second] = [await load(), await load()]
    const other = await theatre.load(hostile('huge-response'))
    const calls = [first, second, first].map((waiter) => waiter.call('run', [1]))
    const response = await other.fetch(new Request('http://agent/'))
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    expect(theatre.recordsOf(other)[0]?.outcome).toMatchObject({
      state: 'rejected',
      error: { code: 'ERR_POOL_EXHAUSTED' },
    })
    resolve(5)
    expect(await Promise.all(calls)).toEqual([5, 5, 5])
  })

  it('serves another at once while one agent has its share and a crowd', async () => {
    await using theatre = await stage({ pool: { maxMemories: 8 } })
    const { promise, resolve } = Promise.withResolvers<number>()
    const greedy = await theatre.load(hostile('call-host'), { imports: waiting(promise) })
    const calls = Array.from({ length: 100 }, () => greedy.call('run', [1]))
    expect(greedy.stats()).toMatchObject({ running: 100, slots: 4, slotsWaiting: 96 })
    expect(await theatre.calmAfter(async () => {})).toBe(true)
    expect(theatre.runtime.stats().slots).toMatchObject({ waiting: 96, refused: 0 })
    resolve(5)
    expect(new Set(await Promise.all(calls))).toEqual(new Set([5]))
    expect(theatre.runtime.stats().slots.waiting).toBe(0)
  })

  it('ends who waits in the queue at the deadline, and at a kill', async () => {
    await using theatre = await stage({ pool: { maxMemories: 1 } })
    const { promise, resolve } = Promise.withResolvers<number>()
    const waiter = await theatre.load(hostile('call-host'), { imports: waiting(promise) })
    const hasty = await theatre.load(hostile('memory-bomb'), { limits: { deadlineMs: 20 } })
    const patient = await theatre.load(hostile('memory-bomb'))
    const held = waiter.call('run', [1])
    await expect(hasty.call('run', [1])).rejects.toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' })
    const queued = expect(patient.call('run', [1])).rejects.toMatchObject({
      code: 'ERR_GUEST_KILLED',
    })
    await Promise.resolve()
    patient.kill()
    await queued
    resolve(5)
    expect(await held).toBe(5)
    expect(await waiter.call('run', [1])).toBe(5)
  })

  it('serves others while a thousand guests wait', async () => {
    await using theatre = await stage()
    const { promise, resolve } = Promise.withResolvers<number>()
    const waiter = await theatre.load(hostile('call-host'), {
      imports: waiting(promise),
      limits: { deadlineMs: 60_000, concurrency: 1_000 },
    })
    const calls = Array.from({ length: 1000 }, () => waiter.call('run', [1]))
    expect(await theatre.calmAfter(async () => {})).toBe(true)
    expect(waiter.stats()).toMatchObject({ active: 1000, running: 1000 })
    resolve(6)
    expect(new Set(await Promise.all(calls))).toEqual(new Set([6]))
  })

  it('answers 503 when the engine has no room for another memory, and recovers', async () => {
    await using theatre = await stage()
    const agent = await theatre.load(hostile('huge-response'))
    // The error of V8 once a process has 16,283 memories. memories.e2e.test.ts makes them for real.
    const full = vi.spyOn(WebAssembly, 'Instance').mockImplementation(function instance() {
      throw new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory')
    })
    const refused = await agent.fetch(new Request('http://agent/'))
    full.mockRestore()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(theatre.recordsOf(agent)[0]?.outcome).toMatchObject({
      state: 'rejected',
      error: { code: 'ERR_POOL_EXHAUSTED' },
    })
    await agent.fetch(new Request('http://agent/'))
    expect(theatre.recordsOf(agent)[1]?.outcome).toMatchObject({ limit: 'response-body' })
  })
})

function fail(): never {
  throw new Error('no such agent')
}
