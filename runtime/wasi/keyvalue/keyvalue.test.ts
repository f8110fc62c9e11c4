import { describe, expect, it } from 'vitest'
import { kv, memoryKv } from '../../capabilities/kv/index.ts'
import { payloadOf } from '../../capability/testing.ts'
import { adapted, type Functions } from '../testing/adapted.ts'
import { wasiKeyvalue } from './keyvalue.ts'

const value = new Uint8Array([1, 2, 3])

async function open(access: 'read' | 'write', driver = memoryKv()) {
  const all = await adapted(wasiKeyvalue(kv(driver)), { notes: { access } })
  const store = all.of('wasi:keyvalue/store')
  const bucket = (await store['open']?.('notes')) as Functions
  return { ...all, store, bucket }
}

describe('wasiKeyvalue()', () => {
  it('reads and writes a store that is granted', async () => {
    const { bucket, of } = await open('write')
    expect(await bucket['get']?.('a')).toBeUndefined()
    await bucket['set']?.('a', value)
    expect(await bucket['get']?.('a')).toEqual(value)
    expect(await bucket['exists']?.('a')).toBe(true)
    expect(await bucket['listKeys']?.(undefined)).toEqual({ keys: ['a'], cursor: undefined })
    await bucket['delete']?.('a')
    expect(await bucket['exists']?.('a')).toBe(false)
    const { increment } = of('wasi:keyvalue/atomics')
    expect(await increment?.(bucket, 'n', 5n)).toBe(5n)
    expect(await increment?.(bucket, 'n', -2n)).toBe(3n)
  })

  it('does many at once', async () => {
    const { bucket, of } = await open('write')
    const batch = of('wasi:keyvalue/batch')
    await batch['setMany']?.(bucket, [
      ['a', value],
      ['b', value],
    ])
    expect(await batch['getMany']?.(bucket, ['a', 'x', 'b'])).toEqual([
      ['a', value],
      undefined,
      ['b', value],
    ])
    await batch['deleteMany']?.(bucket, ['a', 'b'])
    expect(await bucket['listKeys']?.(undefined)).toMatchObject({ keys: [] })
  })

  it('denies a store that is not granted, and writing to one that is for reading', async () => {
    const { store, bucket, events } = await open('read')
    expect(await payloadOf(() => store['open']?.('others'))).toEqual({ tag: 'access-denied' })
    expect(await payloadOf(() => bucket['set']?.('a', value))).toEqual({ tag: 'access-denied' })
    expect(events.filter(({ outcome }) => outcome === 'denied')).toHaveLength(2)
  })
})
