import { describe, expect, it } from 'vitest'
import {
  configured,
  functionsOf,
  payloadOf,
  testInvocation,
} from '../../../runtime/host-module/testing.ts'
import { kv } from '../../../runtime/capabilities/kv/index.ts'
import { hasSmallDisks, smallDisk } from '../testing/small-disk.ts'
import { sqliteKv } from './sqlite-kv.ts'

const possible = hasSmallDisks()
if (!possible)
  console.warn('sqliteKv() on a full disk is not tested: no file system can be mounted')

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe.runIf(possible)('sqliteKv() on a full disk', () => {
  it('answers "unavailable", keeps what was there, and recovers when there is room', async () => {
    using disk = smallDisk(2)
    const capability = kv(sqliteKv({ directory: disk.directory }))
    await using ready = await configured(capability, { notes: { access: 'write' } })
    const invocation = testInvocation('tester')
    const store = functionsOf<'get' | 'set' | 'setMany' | 'increment' | 'delete'>(
      capability,
      ready,
      invocation,
    )
    store.set('notes', 'before', bytes('1'))
    disk.fill()
    const large = new Uint8Array(300_000)
    expect(await payloadOf(() => store.set('notes', 'large', large))).toBe('unavailable')
    const pairs = [
      ['one', bytes('1')],
      ['two', large],
    ]
    expect(await payloadOf(() => store.setMany('notes', pairs))).toBe('unavailable')
    expect(invocation.events.at(-1)).toMatchObject({ action: 'set-many', outcome: 'failed' })
    // Reading needs no room, and nothing was half written.
    expect(store.get('notes', 'before')).toEqual(bytes('1'))
    expect(store.get('notes', 'one')).toBeUndefined()
    disk.free()
    expect(store.set('notes', 'large', large)).toBeUndefined()
    expect(store.get('notes', 'large')).toEqual(large)
    expect(store.increment('notes', 'n', 2n)).toBe(2n)
  })

  it('says so when the file cannot be made', () => {
    using disk = smallDisk(1)
    disk.fill()
    expect(() => sqliteKv({ directory: disk.directory }).open('agent')).toThrow(
      expect.objectContaining({ code: 'ERR_HOST_UNAVAILABLE' }),
    )
  })
})
