import { describe, expect, it } from 'vitest'
import { configured, functionsOf, payloadOf, testInvocation } from '../../capability/testing.ts'
import type { KvDriver } from './driver.ts'
import { memoryKv } from './drivers/memory.ts'
import { kv, type KvOptions } from './kv.ts'

type Functions = 'get' | 'set' | 'delete' | 'keys' | 'increment'

const GRANT = {
  notes: { access: 'write', maxBytes: 100, maxKeys: 2 },
  shared: { access: 'read' },
}

async function open(
  driver: KvDriver = memoryKv(),
  options: KvOptions = {},
  grant: unknown = GRANT,
) {
  const capability = kv(driver, options)
  const ready = await configured(capability, grant)
  const invocation = testInvocation()
  return {
    ...functionsOf<Functions>(capability, ready, invocation),
    ready,
    events: invocation.events,
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
    })
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

  it.each(['set', 'delete', 'increment'])(
    'denies %s on a store granted for reading',
    async (name) => {
      const { events, ...functions } = await open()
      const call = functions[name as 'set']
      const argument = name === 'set' ? bytes('1') : 1n
      expect(await payloadOf(() => call('shared', 'a', argument))).toBe('denied')
      expect(events[0]?.hint).toContain('capabilities.kv.shared.access to "write"')
    },
  )

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

  it('answers limited above the calls of an invocation, and counts each invocation anew', async () => {
    const { get, ready } = await open(memoryKv(), { maxCalls: 2 })
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
      { capability: 'kv', action: 'get', target: 'notes', outcome: 'failed' },
    ])
  })
})
