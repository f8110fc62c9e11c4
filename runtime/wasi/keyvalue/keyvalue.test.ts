import { describe, expect, it } from 'vitest'
import { kv, memoryKv } from '../../capabilities/kv/index.ts'
import { payloadOf } from '../../host-module/testing.ts'
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

  it('swaps a value that has not changed since it was seen', async () => {
    const { bucket, of } = await open('write')
    const { Cas, swap } = of('wasi:keyvalue/atomics')
    const see = async (): Promise<Functions> =>
      (await (Cas as unknown as Functions)['new']?.(bucket, 'a')) as Functions
    const first = await see()
    expect(first['current']?.()).toBeUndefined()
    expect(await swap?.(first, value)).toBeUndefined()
    const [one, other] = [await see(), await see()]
    expect(one['current']?.()).toEqual(value)
    expect(await swap?.(one, new Uint8Array([4]))).toBeUndefined()
    const failed = await payloadOf(() => swap?.(other, new Uint8Array([5])))
    expect(failed).toMatchObject({ tag: 'cas-failed' })
    const { val: next } = failed as { val: Functions }
    expect(next['current']?.()).toEqual(new Uint8Array([4]))
    expect(await swap?.(next, new Uint8Array([6]))).toBeUndefined()
    expect(await bucket['get']?.('a')).toEqual(new Uint8Array([6]))
  })

  it('does not swap in a store for reading, and says so as the error of a swap', async () => {
    const { bucket, of } = await open('read')
    const { Cas, swap } = of('wasi:keyvalue/atomics')
    const seen = await (Cas as unknown as Functions)['new']?.(bucket, 'a')
    expect(await payloadOf(() => swap?.(seen, value))).toEqual({
      tag: 'store-error',
      val: { tag: 'access-denied' },
    })
  })

  it('does more at once than one batch of kv takes', async () => {
    const { bucket, of } = await open('write')
    const batch = of('wasi:keyvalue/batch')
    const keys = Array.from({ length: 250 }, (_, index) => `k${index}`)
    await batch['setMany']?.(
      bucket,
      keys.map((key) => [key, value]),
    )
    expect(await batch['getMany']?.(bucket, keys)).toEqual(keys.map((key) => [key, value]))
    await batch['deleteMany']?.(bucket, keys)
    expect(await bucket['listKeys']?.(undefined)).toMatchObject({ keys: [] })
  })
})
