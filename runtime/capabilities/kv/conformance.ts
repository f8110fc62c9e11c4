/**
 * What every key-value driver must do.
 *
 * Written without a test library, as named steps that throw: whoever writes a driver runs them under
 * whatever it has.
 *
 * @module
 */

import type { KvDriver, KvNamespace, KvQuota } from './driver.ts'

export interface KvConformanceCase {
  readonly name: string
  run(open: () => KvDriver): Promise<void>
}

const ROOMY: KvQuota = { maxBytes: 1_000_000, maxKeys: 1000 }

export const KV_CONFORMANCE: readonly KvConformanceCase[] = [
  step('get() returns nothing for a key that is not there', async (space) => {
    same(await space.get('s', 'k'), undefined)
  }),
  step('set() stores and replaces, and keeps a copy', async (space) => {
    const value = bytes('one')
    same(await space.set('s', 'k', value, ROOMY), 'stored')
    value.fill(0)
    same(text(await space.get('s', 'k')), 'one')
    same(await space.set('s', 'k', bytes(''), ROOMY), 'stored')
    same(text(await space.get('s', 'k')), '')
  }),
  step('set() keeps every byte and every key apart', async (space) => {
    const value = Uint8Array.from({ length: 256 }, (_, index) => index)
    for (const key of ['a', 'A', 'a ', 'ä', '\u{1f600}', "';--", 'a\0b', 'a\0c']) {
      value[0] = key.length
      await space.set('s', key, value, ROOMY)
      same([...((await space.get('s', key)) ?? [])].join(), [...value].join())
    }
    same((await space.keys('s', { prefix: '', after: undefined, limit: 100 })).length, 8)
  }),
  step('stores do not see each other', async (space) => {
    await space.set('s', 'k', bytes('1'), ROOMY)
    same(await space.get('t', 'k'), undefined)
    same((await space.keys('t', { prefix: '', after: undefined, limit: 10 })).length, 0)
  }),
  {
    name: 'namespaces do not see each other',
    async run(open) {
      const driver = open()
      await using one = await driver.open('one')
      await using other = await driver.open('One')
      await one.set('s', 'k', bytes('1'), ROOMY)
      same(await other.get('s', 'k'), undefined)
    },
  },
  {
    name: 'a namespace opened again holds what it held',
    async run(open) {
      const driver = open()
      {
        await using first = await driver.open('kept')
        await first.set('s', 'k', bytes('1'), ROOMY)
      }
      await using second = await driver.open('kept')
      same(text(await second.get('s', 'k')), '1')
    },
  },
  step('delete() removes, and ignores what is not there', async (space) => {
    await space.set('s', 'k', bytes('1'), ROOMY)
    await space.delete('s', 'k')
    await space.delete('s', 'k')
    same(await space.get('s', 'k'), undefined)
  }),
  step('keys() returns pages in the order of UTF-8 bytes', async (space) => {
    // U+FF5E sorts before U+1F600 in UTF-8 and after it in UTF-16.
    for (const key of ['b', '\u{1f600}', 'ab', '\uff5e', 'a', 'B']) {
      await space.set('s', key, bytes('1'), ROOMY)
    }
    const all = await space.keys('s', { prefix: '', after: undefined, limit: 10 })
    same(all.join(), 'B,a,ab,b,\uff5e,\u{1f600}')
    same((await space.keys('s', { prefix: '', after: 'a', limit: 2 })).join(), 'ab,b')
    same((await space.keys('s', { prefix: 'a', after: undefined, limit: 10 })).join(), 'a,ab')
    same((await space.keys('s', { prefix: 'a', after: 'a', limit: 10 })).join(), 'ab')
    same((await space.keys('s', { prefix: 'a', after: 'c', limit: 10 })).join(), '')
  }),
  step('set() refuses a key above the quota, and writes nothing', async (space) => {
    const quota = { maxBytes: 1000, maxKeys: 1 }
    same(await space.set('s', 'k', bytes('1'), quota), 'stored')
    same(await space.set('s', 'l', bytes('1'), quota), 'full')
    same(await space.get('s', 'l'), undefined)
    same(await space.set('s', 'k', bytes('2'), quota), 'stored')
    await space.delete('s', 'k')
    same(await space.set('s', 'l', bytes('1'), quota), 'stored')
  }),
  step('set() counts keys and values in bytes', async (space) => {
    const quota = { maxBytes: 10, maxKeys: 10 }
    same(await space.set('s', 'ä', bytes('12345678'), quota), 'stored')
    same(await space.set('s', 'b', bytes(''), quota), 'full')
    same(await space.set('s', 'ä', bytes('123456789'), quota), 'full')
    same(text(await space.get('s', 'ä')), '12345678')
    same(await space.set('s', 'ä', bytes('1'), quota), 'stored')
    same(await space.set('s', 'b', bytes('123456'), quota), 'stored')
  }),
  step('increment() starts at 0 and writes decimal digits', async (space) => {
    await sum(space, 5n, 5n)
    await sum(space, -7n, -2n)
    same(text(await space.get('s', 'n')), '-2')
  }),
  step('increment() keeps all 64 bits and refuses more', async (space) => {
    const max = 2n ** 63n - 1n
    await sum(space, max, max)
    same((await space.increment('s', 'n', 1n, ROOMY)).state, 'malformed')
    same(text(await space.get('s', 'n')), max.toString())
  }),
  step('increment() refuses what is no number', async (space) => {
    await space.set('s', 'n', bytes('one'), ROOMY)
    same((await space.increment('s', 'n', 1n, ROOMY)).state, 'malformed')
    same(text(await space.get('s', 'n')), 'one')
  }),
  step('increment() refuses a key above the quota', async (space) => {
    same((await space.increment('s', 'n', 1n, { maxBytes: 1, maxKeys: 1 })).state, 'full')
    same(await space.get('s', 'n'), undefined)
  }),
  step('increment() loses none of many at once', async (space) => {
    const calls = Array.from({ length: 50 }, async () => space.increment('s', 'n', 1n, ROOMY))
    await Promise.all(calls)
    same(text(await space.get('s', 'n')), '50')
  }),
]

function step(name: string, run: (space: KvNamespace) => Promise<void>): KvConformanceCase {
  return {
    name,
    async run(open) {
      await using space = await open().open('agent')
      await run(space)
    },
  }
}

async function sum(space: KvNamespace, delta: bigint, expected: bigint): Promise<void> {
  const outcome = await space.increment('s', 'n', delta, ROOMY)
  same(outcome.state === 'stored' ? outcome.sum : outcome.state, expected)
}

function same(actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) {
    throw new Error(`Expected ${String(expected)}, got ${String(actual)}`)
  }
}

function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

function text(value: Uint8Array | undefined): string | undefined {
  return value && new TextDecoder().decode(value)
}
