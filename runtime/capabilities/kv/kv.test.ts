import { describe, expect, it } from 'vitest'
import { configured, functionsOf, payloadOf, testInvocation } from '../../host-module/testing.ts'
import type { KvDriver } from './driver.ts'
import type { BudgetLimits } from '../../meter/index.ts'
import { memoryKv } from './drivers/memory.ts'
import { kv, type KvOptions } from './kv.ts'

type Functions =
  | 'get'
  | 'set'
  | 'put'
  | 'delete'
  | 'keys'
  | 'increment'
  | 'compareAndSet'
  | 'getMany'
  | 'setMany'
  | 'deleteMany'

const GRANT = {
  notes: { access: 'write', maxBytes: 100, maxKeys: 2 },
  shared: { access: 'read' },
}

async function open(
  driver: KvDriver = memoryKv(),
  options: KvOptions = {},
  grant: unknown = GRANT,
  budgets: Partial<BudgetLimits> = {},
) {
  const capability = kv(driver, options)
  const ready = await configured(capability, grant)
  const invocation = testInvocation('tester', budgets)
  return {
    ...functionsOf<Functions>(capability, ready, invocation),
    ready,
    events: invocation.events,
    fuel: () => invocation.fuel,
  }
}

const bytes = (text: string) => new TextEncoder().encode(text)

describe('kv()', () => {
  it('grants reading and writing a store the manifest names for it', async () => {
    const { set, get, events } = await open()
    expect(set('notes', 'a', bytes('1'))).toBeUndefined()
    expect(get('notes', 'a')).toEqual(bytes('1'))
    expect(get('shared', 'a')).toBeUndefined()
    expect(events).toContainEqual({
      capability: 'kv',
      action: 'get',
      target: 'notes',
      outcome: 'allowed',
      rule: 'kv.notes',
    })
  })

  it('refuses stores of a driver that lack a method, when the agent is loaded', async () => {
    const name = 'half'
    const half = { name, open: () => ({ get: () => undefined }) } as unknown as KvDriver
    await expect(open(half)).rejects.toThrow(
      new TypeError(
        'Cannot use stores of kv driver "half": it lacks getMany(), set(), setMany(), compareAndSet(), delete(), deleteMany(), keys(), increment()',
      ),
    )
  })

  it('denies a store the manifest does not name, and hints at the line', async () => {
    const { get, events, ready } = await open()
    expect(await payloadOf(() => get('secrets', 'a'))).toBe('denied')
    expect(ready.granted).toBe(true)
    expect(events).toEqual([
      {
        capability: 'kv',
        action: 'get',
        target: 'secrets',
        outcome: 'denied',
        hint: 'Add "secrets": { "access": "read" } to capabilities.kv in the agent.json of "tester"',
      },
    ])
  })

  it('denies names that every object has', async () => {
    const { get } = await open()
    expect(await payloadOf(() => get('constructor', 'a'))).toBe('denied')
    expect(await payloadOf(() => get('__proto__', 'a'))).toBe('denied')
  })

  const writes: [Functions, ...unknown[]][] = [
    ['set', 'a', bytes('1')],
    ['put', 'a', bytes('1'), 1000],
    ['delete', 'a'],
    ['increment', 'a', 1n],
    ['compareAndSet', 'a', undefined, bytes('1'), undefined],
    ['setMany', [['a', bytes('1')]]],
    ['deleteMany', ['a']],
  ]
  it.each(writes)('denies %s on a store granted for reading', async (name, ...rest) => {
    const { events, ...functions } = await open()
    expect(await payloadOf(() => functions[name]('shared', ...rest))).toBe('denied')
    expect(events[0]?.hint).toContain('capabilities.kv.shared.access to "write"')
    expect(await payloadOf(() => functions[name]('other', ...rest))).toBe('denied')
    expect(() => functions[name]('notes', ...rest)).not.toThrow()
  })

  it('reads many from a store granted for reading, and denies another', async () => {
    const { getMany } = await open()
    expect(getMany('shared', ['a', 'b'])).toEqual([undefined, undefined])
    expect(await payloadOf(() => getMany('secrets', ['a']))).toBe('denied')
  })

  it('swaps only what is expected', async () => {
    const { compareAndSet, get } = await open()
    expect(compareAndSet('notes', 'a', undefined, bytes('1'), undefined)).toBe(true)
    expect(compareAndSet('notes', 'a', undefined, bytes('2'), undefined)).toBe(false)
    expect(compareAndSet('notes', 'a', bytes('1'), bytes('2'), undefined)).toBe(true)
    expect(get('notes', 'a')).toEqual(bytes('2'))
    expect(compareAndSet('notes', 'a', bytes('2'), undefined, undefined)).toBe(true)
    expect(get('notes', 'a')).toBeUndefined()
  })

  it('keeps a value as long as its time', async () => {
    let time = 0
    const { put, get } = await open(memoryKv({ now: () => time }))
    put('notes', 'a', bytes('1'), 1000)
    time = 999
    expect(get('notes', 'a')).toEqual(bytes('1'))
    time = 1000
    expect(get('notes', 'a')).toBeUndefined()
  })

  it.each([0, -1, Number.NaN, Infinity, 1e300])('takes no time of %d ms', async (ttlMs) => {
    const { put, compareAndSet } = await open()
    expect(await payloadOf(() => put('notes', 'a', bytes('1'), ttlMs))).toBe('malformed')
    expect(await payloadOf(() => compareAndSet('notes', 'a', undefined, bytes('1'), ttlMs))).toBe(
      'malformed',
    )
  })

  it('bounds batches in keys, bytes and calls', async () => {
    const grant = { notes: { access: 'write' } }
    const { getMany, setMany, deleteMany, put } = await open(
      memoryKv(),
      { maxBatchBytes: 3 },
      grant,
      { kvOperations: 105 },
    )
    const many = Array.from({ length: 101 }, (_, index) => `k${index}`)
    expect(await payloadOf(() => getMany('notes', many))).toBe('malformed')
    expect(await payloadOf(() => deleteMany('notes', many))).toBe('malformed')
    expect(await payloadOf(() => getMany('notes', ['a', '']))).toBe('malformed')
    const pairs = [
      ['a', bytes('12')],
      ['b', bytes('34')],
    ]
    expect(await payloadOf(() => setMany('notes', pairs))).toBe('malformed')
    put('notes', 'a', bytes('12'), 1000)
    put('notes', 'b', bytes('34'), 1000)
    expect(await payloadOf(() => getMany('notes', ['a', 'b']))).toBe('limited')
    expect(getMany('notes', many.slice(0, 100))).toHaveLength(100)
    expect(await payloadOf(() => getMany('notes', ['a', 'b']))).toBe('limited')
  })

  it('keeps keys with NUL apart, and refuses one of a megabyte', async () => {
    const { set, get } = await open()
    set('notes', 'a\0b', bytes('1'))
    expect(get('notes', 'a')).toBeUndefined()
    expect(get('notes', 'a\0b')).toEqual(bytes('1'))
    expect(await payloadOf(() => set('notes', 'k'.repeat(1_048_576), bytes('1')))).toBe('malformed')
  })

  it('denies everything without a grant', async () => {
    const { get, keys, ready } = await open(memoryKv(), {}, {})
    expect(ready.granted).toBe(false)
    expect(await payloadOf(() => get('notes', 'a'))).toBe('denied')
    expect(await payloadOf(() => keys('notes', '', undefined, 1))).toBe('denied')
  })

  it('keeps the stores of agents apart', async () => {
    const capability = kv(memoryKv())
    const one = await configured(capability, GRANT, 'one')
    const other = await configured(capability, GRANT, 'other')
    functionsOf<Functions>(capability, one, testInvocation()).set('notes', 'a', bytes('1'))
    expect(
      functionsOf<Functions>(capability, other, testInvocation()).get('notes', 'a'),
    ).toBeUndefined()
  })

  it('answers limited above the quota of the store', async () => {
    const { set, increment, events } = await open()
    expect(await payloadOf(() => set('notes', 'a', new Uint8Array(101)))).toBe('limited')
    set('notes', 'a', bytes(''))
    set('notes', 'b', bytes(''))
    expect(await payloadOf(() => set('notes', 'c', bytes('')))).toBe('limited')
    expect(await payloadOf(() => increment('notes', 'c', 1n))).toBe('limited')
    expect(events.at(-1)?.hint).toContain('maxKeys')
    expect(events.map(({ outcome }) => outcome)).toEqual([
      'limited',
      'allowed',
      'allowed',
      'limited',
      'limited',
    ])
  })

  it('denies what a lease no longer covers, each store for itself', async () => {
    const { get, set, events } = await open(
      memoryKv(),
      {},
      {
        once: { access: 'write', maxUses: 1 },
        past: { access: 'write', expires: '2020-01-01T00:00:00Z' },
        later: { access: 'write', expires: '2120-01-01T00:00:00Z' },
      },
    )
    set('once', 'a', bytes('1'))
    set('later', 'a', bytes('1'))
    expect(await payloadOf(() => get('once', 'a'))).toBe('denied')
    expect(await payloadOf(() => get('past', 'a'))).toBe('denied')
    const hint = events.at(-1)?.hint
    expect(hint).toContain('kv.past expired 2020')
    // A revoked store ends in the same way, and no deploy brings it back.
    expect(hint).toContain('--restore kv.past; otherwise deploy it with --allow-new-capabilities')
  })

  it('feels at once that its grant was narrowed', async () => {
    const { get, set, ready } = await open()
    set('notes', 'a', bytes('1'))
    ready.attenuate?.({ notes: { access: 'read' } })
    expect(get('notes', 'a')).toEqual(bytes('1'))
    expect(await payloadOf(() => set('notes', 'a', bytes('2')))).toBe('denied')
    ready.attenuate?.({})
    expect(await payloadOf(() => get('notes', 'a'))).toBe('denied')
  })

  it('answers limited above the calls of an invocation, and counts each invocation anew', async () => {
    const { get, ready } = await open(memoryKv(), {}, GRANT, { kvOperations: 2 })
    get('notes', 'a')
    get('notes', 'a')
    expect(await payloadOf(() => get('notes', 'a'))).toBe('limited')
    const next = functionsOf<Functions>(kv(memoryKv()), ready, testInvocation())
    expect(next.get('notes', 'a')).toBeUndefined()
  })

  it('answers malformed for keys and values out of bounds', async () => {
    const { get, set, increment } = await open(memoryKv(), { maxValueBytes: 10 })
    expect(await payloadOf(() => get('notes', ''))).toBe('malformed')
    expect(await payloadOf(() => get('notes', 'k'.repeat(513)))).toBe('malformed')
    expect(await payloadOf(() => get('notes', 'ä'.repeat(257)))).toBe('malformed')
    expect(get('notes', 'ä'.repeat(256))).toBeUndefined()
    expect(await payloadOf(() => set('notes', 'a', new Uint8Array(11)))).toBe('malformed')
    set('notes', 'a', bytes('one'))
    expect(await payloadOf(() => increment('notes', 'a', 1n))).toBe('malformed')
  })

  it('pages through keys', async () => {
    const { set, keys } = await open()
    set('notes', 'a', bytes(''))
    set('notes', 'b', bytes(''))
    expect(keys('notes', '', undefined, 1)).toEqual({ keys: ['a'], cursor: 'a' })
    expect(keys('notes', '', 'a', 1)).toEqual({ keys: ['b'], cursor: undefined })
    expect(keys('notes', '', undefined, 0)).toEqual({ keys: ['a'], cursor: 'a' })
  })

  it('answers unavailable when the driver fails, at once or later', async () => {
    const failing = (get: () => never | Promise<never>): KvDriver => ({
      name: 'failing',
      open: async (namespace) => Object.assign(await memoryKv().open(namespace), { get }),
    })
    const sync = await open(
      failing(() => {
        throw new Error('/secret/path')
      }),
    )
    expect(await payloadOf(() => sync.get('notes', 'a'))).toBe('unavailable')
    const later = await open(
      failing(async () => {
        throw new Error('/secret/path')
      }),
    )
    expect(await payloadOf(() => later.get('notes', 'a'))).toBe('unavailable')
    expect(later.events).toEqual([
      { capability: 'kv', action: 'get', target: 'notes', outcome: 'failed', rule: 'kv.notes' },
    ])
  })
})

describe('what kv() has a guest pay for', () => {
  const ROOMY = { notes: { access: 'write', maxBytes: 10_000_000, maxKeys: 1000 } }

  /** Fuel of `call`. */
  async function fuelOf(call: (kv: Awaited<ReturnType<typeof open>>) => unknown, size: number) {
    const opened = await open(memoryKv(), { maxBatchBytes: 1000 }, ROOMY)
    for (let key = 0; key < 100; key++) opened.set('notes', `key-${key}`, new Uint8Array(size))
    const before = opened.fuel()
    await payloadOf(() => call(opened)).catch(() => undefined)
    return opened.fuel() - before
  }

  it.each<[string, (kv: Awaited<ReturnType<typeof open>>, size: number) => unknown]>([
    ['a value that is read', ({ get }) => get('notes', 'key-1')],
    ['values that are read and refused', ({ getMany }) => getMany('notes', ['key-1', 'key-2'])],
    ['a value that is written', ({ set }, size) => set('notes', 'new', new Uint8Array(size))],
    [
      'a value that is compared',
      ({ compareAndSet }, size) =>
        compareAndSet('notes', 'key-1', new Uint8Array(size), undefined, undefined),
    ],
  ])('is %s, by its bytes', async (_, call) => {
    const small = await fuelOf((kv) => call(kv, 100), 100)
    const large = await fuelOf((kv) => call(kv, 50_100), 50_100)
    expect(large - small).toBeGreaterThanOrEqual(4 * 50_000)
  })

  it('is keys, by their number, whether or not they are there', async () => {
    const list = await fuelOf(({ keys }) => keys('notes', '', undefined, 100), 1)
    const one = await fuelOf(({ keys }) => keys('notes', '', undefined, 1), 1)
    expect(list - one).toBeGreaterThan(98 * 64 * 4)
    const gone = Array.from({ length: 100 }, (_, index) => `gone-${index}`)
    const many = await fuelOf(({ deleteMany }) => deleteMany('notes', gone), 1)
    expect(many).toBeGreaterThanOrEqual(
      100 * (await fuelOf((kv) => kv.delete('notes', 'a'), 1)) - 1,
    )
  })

  it('is no more than the call for a counter that is none, however long it is', async () => {
    const fuelOfIncrement = async (length: number): Promise<number> => {
      const { set, increment, fuel } = await open(memoryKv(), {}, ROOMY)
      set('notes', 'key', new Uint8Array(length))
      const before = fuel()
      expect(await payloadOf(() => increment('notes', 'key', 1n))).toBe('malformed')
      return fuel() - before
    }
    expect(await fuelOfIncrement(900_000)).toBe(await fuelOfIncrement(100))
  })
})
