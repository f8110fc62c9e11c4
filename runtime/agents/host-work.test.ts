/**
 * A guest pays for the work of its host: for each call, and for each value in proportion to its size.
 *
 * @module
 */
import { afterAll, describe, expect, it } from 'vitest'
import { componentOf } from '../link/testing/component.ts'
import { HOST_WORK_FUEL } from '../meter/index.ts'
import { stage } from './testing/stage.ts'

const HOST = 't:t/host'

interface Passed {
  readonly name: string
  readonly type: string
  /** Bytes that one element counts as. */
  readonly bytes: number
  /** The host's result, for functions that return a value to the guest. */
  give?(length: number): unknown
}

/** The guest gives `length` elements, which are zeros in its memory. */
const LIFTED: Passed[] = [
  { name: 'take-bytes', type: 'list<u8>', bytes: 1 },
  { name: 'take-text', type: 'string', bytes: 1 },
  { name: 'take-numbers', type: 'list<u64>', bytes: 8 },
  { name: 'take-flags', type: 'list<bool>', bytes: 9 },
  { name: 'take-texts', type: 'list<string>', bytes: 72 },
  { name: 'take-records', type: 'list<pair>', bytes: 72 },
]

const LOWERED: Passed[] = [
  { name: 'give-bytes', type: 'list<u8>', bytes: 1, give: (length) => new Uint8Array(length) },
  { name: 'give-text', type: 'string', bytes: 1, give: (length) => 'x'.repeat(length) },
  { name: 'give-wide', type: 'string', bytes: 2, give: (length) => '\u00e9'.repeat(length) },
  { name: 'give-texts', type: 'list<string>', bytes: 72, give: (length) => Array(length).fill('') },
  {
    ...{ name: 'give-records', type: 'list<pair>', bytes: 72 },
    give: (length) => Array(length).fill({ a: 1, b: 2 }),
  },
]

const ALL = [...LIFTED, ...LOWERED]

const WIT = `package t:t;
  interface host {
    record pair { a: u32, b: u32 }
    idle: func();
    ${LIFTED.map(({ name, type }) => `${name}: func(value: ${type});`).join('\n')}
    ${LOWERED.map(({ name, type }) => `${name}: func(length: u32) -> ${type};`).join('\n')}
  }
  world w {
    import host;
    ${['idle', ...ALL.map(({ name }) => name)]
      .map(
        (name) => `export once-${name}: func(length: u32); export loop-${name}: func(length: u32);`,
      )
      .join('\n')}
  }`

const CALLS: readonly (readonly [name: string, params: string, call: string])[] = [
  ['idle', '', '(call $idle)'],
  ...LIFTED.map(
    ({ name }) =>
      [name, '(param i32 i32)', `(call $${name} (i32.const 4096) (local.get 0))`] as const,
  ),
  ...LOWERED.map(
    ({ name }) =>
      [name, '(param i32 i32)', `(call $${name} (local.get 0) (i32.const 16))`] as const,
  ),
]

const GUEST = await componentOf(
  WIT,
  `(module
    ${CALLS.map(([name, params]) => `(import "t:t/host" "${name}" (func $${name} ${params}))`).join('\n')}
    (memory (export "memory") 40)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
    ${CALLS.map(
      ([name, , call]) => `
        (func (export "once-${name}") (param i32) ${call})
        (func (export "loop-${name}") (param i32) (loop $again ${call} (br $again)))`,
    ).join('\n')})`,
)

const { load, recordsOf, runtime } = await stage()

afterAll(() => runtime.close())

async function agentOf(limits: Readonly<Record<string, unknown>> = {}) {
  let calls = 0
  const host: Record<string, (value: never) => unknown> = { idle: () => void calls++ }
  for (const { name, give } of ALL) {
    const key = name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
    host[key] = (value: number) => {
      calls++
      return give?.(value)
    }
  }
  const agent = await load(GUEST, { limits, imports: { [HOST]: host } })
  return {
    calls: () => calls,
    /** Calls the export; returns the fuel it used. */
    async run(name: string, length: number) {
      await agent.call(name, [length])
      return recordsOf(agent).at(-1)?.fuel ?? 0
    },
    last: () => recordsOf(agent).at(-1),
    agent,
  }
}

const SMALL = 1_000
const LARGE = 31_000

describe('AbiContext.end()', () => {
  it.each(ALL)('has a guest pay for $name in proportion', async ({ name, bytes }) => {
    const { run } = await agentOf()
    const fuel = (await run(`once-${name}`, LARGE)) - (await run(`once-${name}`, SMALL))
    const expected = (LARGE - SMALL) * bytes * HOST_WORK_FUEL.byte
    expect(fuel).toBeGreaterThanOrEqual(expected)
    // The fuel of the guest's own functions comes on top.
    expect(fuel).toBeLessThan(expected * 1.5)
  })

  it.each(ALL)('has its budget stop a guest that repeats $name', async ({ name, bytes }) => {
    const fuel = 20_000_000
    const { agent, calls, last } = await agentOf({ fuel })
    await expect(agent.call(`loop-${name}`, [LARGE])).rejects.toThrow('fuel is spent')
    expect(last()?.outcome).toMatchObject({ state: 'limited', limit: 'fuel' })
    expect(calls()).toBeGreaterThan(0)
    expect(calls()).toBeLessThanOrEqual(fuel / (LARGE * bytes * HOST_WORK_FUEL.byte) + 1)
  })

  it('counts nothing for what is as small as the call', async () => {
    const { run } = await agentOf()
    expect(await run('once-take-bytes', 200)).toBe(await run('once-take-bytes', 1))
  })
})

describe('InvocationHost.call()', () => {
  it('has its budget stop a guest that does nothing but call its host', async () => {
    const fuel = 10_000_000
    const { agent, calls } = await agentOf({ fuel })
    await expect(agent.call('loop-idle', [0])).rejects.toThrow('fuel is spent')
    expect(calls()).toBeGreaterThan(1000)
    expect(calls()).toBeLessThanOrEqual(fuel / HOST_WORK_FUEL.call + 10)
  })

  it('counts nothing where fuel is not counted', async () => {
    const { run } = await agentOf({ metering: 'watchdog' })
    expect(await run('once-give-bytes', LARGE)).toBe(0)
  })
})
