/**
 * The conformance suite of key-value drivers.
 *
 * It uses no test library: it is a list of named steps that throw, so the author of a driver can run them in any
 * test runner. Long because it is a list: one short step for each promise of the contract.
 *
 * @module
 */

import { bytes, same, text } from '../../host-module/conformance.ts'
import type {
  Awaitable,
  KvChangeOutcome,
  KvDriver,
  KvEntry,
  KvNamespace,
  KvQuota,
  KvWriteOutcome,
} from './driver.ts'

/** One promise of the contract. `run` throws, or rejects, when the driver breaks it. */
export interface KvConformanceCase {
  /** What a driver must do, as the title of a test. */
  readonly name: string
  /** Rejects when the driver does something else. */
  run(subject: KvConformanceSubject): Promise<void>
}

/** The driver under test. */
export interface KvConformanceSubject {
  /** Returns a driver over the same backend each time, empty when the case begins. */
  open(): KvDriver
  /** Lets `ms` milliseconds pass for the driver, and a few more. */
  pass(ms: number): void | Promise<void>
}

const ROOMY: KvQuota = { maxBytes: 1_000_000, maxKeys: 1000 }

// Long enough to be seen on a busy machine, short enough to wait for where time cannot be set.
const TTL_MS = 200

/** The conformance suite of key-value drivers, for any test runner. */
export const KV_CONFORMANCE: readonly KvConformanceCase[] = [
  step('get() returns nothing for a key that is not there', async (space) => {
    same(await space.get('s', 'k'), undefined)
  }),
  step('set() stores and replaces, and keeps a copy', async (space) => {
    const value = bytes('one')
    same(await put(space, 'k', value), 'stored')
    value.fill(0)
    same(text(await space.get('s', 'k')), 'one')
    same(await put(space, 'k', bytes('')), 'stored')
    same(text(await space.get('s', 'k')), '')
  }),
  step('set() keeps every byte and every key apart', async (space) => {
    const value = Uint8Array.from({ length: 256 }, (_, index) => index)
    for (const key of ['a', 'A', 'a ', 'ä', '\u{1f600}', "';--", 'a\0b', 'a\0c']) {
      value[0] = key.length
      await put(space, key, value)
      same([...((await space.get('s', key)) ?? [])].join(), [...value].join())
    }
    same((await space.keys('s', { prefix: '', after: undefined, limit: 100 })).length, 8)
  }),
  step('stores do not see each other', async (space) => {
    await put(space, 'k', bytes('1'))
    same(await space.get('t', 'k'), undefined)
    same((await space.keys('t', { prefix: '', after: undefined, limit: 10 })).length, 0)
  }),
  {
    name: 'namespaces do not see each other',
    async run({ open }) {
      const driver = open()
      await using one = await driver.open('one')
      await using other = await driver.open('One')
      await put(one, 'k', bytes('1'))
      same(await other.get('s', 'k'), undefined)
    },
  },
  {
    name: 'a namespace opened again holds what it held',
    async run({ open }) {
      const driver = open()
      {
        await using first = await driver.open('kept')
        await put(first, 'k', bytes('1'))
      }
      await using second = await driver.open('kept')
      same(text(await second.get('s', 'k')), '1')
    },
  },
  step('delete() removes, and ignores what is not there', async (space) => {
    await put(space, 'k', bytes('1'))
    await space.delete('s', 'k')
    await space.delete('s', 'k')
    same(await space.get('s', 'k'), undefined)
  }),
  step('keys() returns pages in the order of UTF-8 bytes', async (space) => {
    // U+FF5E sorts before U+1F600 in UTF-8 and after it in UTF-16.
    for (const key of ['b', '\u{1f600}', 'ab', '\uff5e', 'a', 'B']) {
      await put(space, key, bytes('1'))
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
    same(await put(space, 'k', bytes('1'), quota), 'stored')
    same(await put(space, 'l', bytes('1'), quota), 'full')
    same(await space.get('s', 'l'), undefined)
    same(await put(space, 'k', bytes('2'), quota), 'stored')
    await space.delete('s', 'k')
    same(await put(space, 'l', bytes('1'), quota), 'stored')
  }),
  step('set() counts keys and values in bytes', async (space) => {
    const quota = { maxBytes: 10, maxKeys: 10 }
    same(await put(space, 'ä', bytes('12345678'), quota), 'stored')
    same(await put(space, 'b', bytes(''), quota), 'full')
    same(await put(space, 'ä', bytes('123456789'), quota), 'full')
    same(text(await space.get('s', 'ä')), '12345678')
    same(await put(space, 'ä', bytes('1'), quota), 'stored')
    same(await put(space, 'b', bytes('123456'), quota), 'stored')
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
    await put(space, 'n', bytes('one'))
    same((await space.increment('s', 'n', 1n, ROOMY)).state, 'malformed')
    same(text(await space.get('s', 'n')), 'one')
  }),
  step('increment() refuses a key above the quota', async (space) => {
    same((await space.increment('s', 'n', 1n, { maxBytes: 1, maxKeys: 1 })).state, 'full')
    same(await space.get('s', 'n'), undefined)
  }),
  step('getMany() answers in the order of the keys', async (space) => {
    await put(space, 'a', bytes('1'))
    await put(space, 'b', bytes(''))
    const found = await space.getMany('s', ['b', 'x', 'a', 'a'])
    same(found.map(text).join(), ',,1,1')
    same(found[1], undefined)
    same((await space.getMany('s', [])).length, 0)
  }),
  step('setMany() writes all, the later of two with one key', async (space) => {
    const entries = [entry('a', '1'), entry('b', '2'), entry('a', '3')]
    same(await space.setMany('s', entries, { maxBytes: 4, maxKeys: 2 }), 'stored')
    same((await space.getMany('s', ['a', 'b'])).map(text).join(), '3,2')
  }),
  step('setMany() writes nothing above the quota', async (space) => {
    await put(space, 'a', bytes('1'))
    const entries = [entry('a', '2'), entry('b', '2'), entry('c', '2')]
    same(await space.setMany('s', entries, { maxBytes: 100, maxKeys: 2 }), 'full')
    same(await space.setMany('s', entries, { maxBytes: 5, maxKeys: 9 }), 'full')
    same((await space.getMany('s', ['a', 'b', 'c'])).map(text).join(), '1,,')
  }),
  step('deleteMany() removes, and frees what it removed', async (space) => {
    const quota = { maxBytes: 4, maxKeys: 2 }
    await space.setMany('s', [entry('a', '1'), entry('b', '2')], quota)
    await space.deleteMany('s', ['a', 'x', 'b', 'a'])
    same((await space.keys('s', { prefix: '', after: undefined, limit: 9 })).length, 0)
    same(await space.setMany('s', [entry('c', '1'), entry('d', '2')], quota), 'stored')
  }),
  step('compareAndSet() stores only over what is expected', async (space) => {
    const [one, two] = [bytes('1'), bytes('2')]
    same(await swap(space, one, two), 'changed')
    same(await swap(space, undefined, one), 'stored')
    same(await swap(space, undefined, two), 'changed')
    same(await swap(space, bytes(''), two), 'changed')
    same(text(await space.get('s', 'k')), '1')
    same(await swap(space, one, two), 'stored')
    same(text(await space.get('s', 'k')), '2')
  }),
  step('compareAndSet() removes only what is expected', async (space) => {
    await put(space, 'k', bytes('1'))
    same(await swap(space, bytes('2'), undefined), 'changed')
    same(await swap(space, bytes('1'), undefined), 'stored')
    same(await space.get('s', 'k'), undefined)
    same(await swap(space, undefined, undefined), 'stored')
  }),
  step('compareAndSet() lets one of many win', async (space) => {
    const tries = Array.from({ length: 20 }, async (_, index) =>
      swap(space, undefined, bytes(String(index))),
    )
    const outcomes = await Promise.all(tries)
    same(outcomes.filter((outcome) => outcome === 'stored').length, 1)
  }),
  step('compareAndSet() keeps to the quota', async (space) => {
    const change = { expected: undefined, value: bytes('12') }
    same(await space.compareAndSet('s', 'k', change, { maxBytes: 2, maxKeys: 1 }), 'full')
    same(await space.get('s', 'k'), undefined)
  }),
  step('a value is gone when its time is up, and its bytes are free', async (space, pass) => {
    const quota = { maxBytes: 100, maxKeys: 2 }
    await space.set('s', { ...entry('gone', '1'), ttlMs: TTL_MS }, quota)
    await space.set('s', { ...entry('here', '1'), ttlMs: TTL_MS * 1000 }, quota)
    same(text(await space.get('s', 'gone')), '1')
    same(await put(space, 'more', bytes('1'), quota), 'full')
    await pass(TTL_MS)
    same(await space.get('s', 'gone'), undefined)
    same((await space.getMany('s', ['gone', 'here'])).map(text).join(), ',1')
    same((await space.keys('s', { prefix: '', after: undefined, limit: 9 })).join(), 'here')
    same(await put(space, 'more', bytes('1'), quota), 'stored')
    const change = { expected: undefined, value: bytes('2') }
    same(await space.compareAndSet('s', 'gone', change, ROOMY), 'stored')
  }),
  step('set() takes away the time of a value, increment() keeps it', async (space, pass) => {
    for (const key of ['set', 'sum']) {
      await space.set('s', { ...entry(key, '1'), ttlMs: TTL_MS }, ROOMY)
    }
    await put(space, 'set', bytes('2'))
    same((await space.increment('s', 'sum', 1n, ROOMY)).state, 'stored')
    await pass(TTL_MS)
    same(text(await space.get('s', 'set')), '2')
    same(await space.get('s', 'sum'), undefined)
  }),
  step('increment() loses none of many at once', async (space) => {
    const calls = Array.from({ length: 50 }, async () => space.increment('s', 'n', 1n, ROOMY))
    await Promise.all(calls)
    same(text(await space.get('s', 'n')), '50')
  }),
]

function step(
  name: string,
  run: (space: KvNamespace, pass: KvConformanceSubject['pass']) => Promise<void>,
): KvConformanceCase {
  return {
    name,
    async run({ open, pass }) {
      await using space = await open().open('agent')
      await run(space, pass)
    },
  }
}

function put(
  space: KvNamespace,
  key: string,
  value: Uint8Array,
  quota: KvQuota = ROOMY,
): Awaitable<KvWriteOutcome> {
  return space.set('s', { key, value }, quota)
}

function entry(key: string, value: string): KvEntry {
  return { key, value: bytes(value) }
}

function swap(
  space: KvNamespace,
  expected: Uint8Array | undefined,
  value: Uint8Array | undefined,
): Awaitable<KvChangeOutcome> {
  return space.compareAndSet('s', 'k', { expected, value }, ROOMY)
}

async function sum(space: KvNamespace, delta: bigint, expected: bigint): Promise<void> {
  const outcome = await space.increment('s', 'n', delta, ROOMY)
  same(outcome.state === 'stored' ? outcome.sum : outcome.state, expected)
}
