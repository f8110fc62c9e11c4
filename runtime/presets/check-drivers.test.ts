/** @module */
import { describe, expect, it } from 'vitest'
import { memoryKv } from '../capabilities/kv/index.ts'
import { memoryFiles } from '../wasi/index.ts'
import { Runtime, type Drivers } from './index.ts'

/** As a program in JavaScript has them. */
function drivers(given: object): Drivers {
  return given as Drivers
}

describe('new Runtime()', () => {
  it.for<[string, object, string]>([
    ['kv without open', { kv: { name: 'mine' } }, 'Cannot use kv driver "mine": it lacks open()'],
    ['http without fetch', { http: {} }, 'Cannot use http driver: it lacks fetch()'],
    [
      'files without open',
      { files: { name: 'f' } },
      'Cannot use files driver "f": it lacks open()',
    ],
    ['log without write', { log: { write: true } }, 'Cannot use log driver: it lacks write()'],
    [
      'secrets without methods',
      { secrets: {} },
      'Cannot use secrets driver: it lacks get(), hint()',
    ],
    ['null', { kv: null }, 'Cannot use kv driver: it lacks open()'],
    [
      'a factory that was not called',
      { kv: memoryKv },
      'Cannot use kv driver "memoryKv": it is a function, pass what the function returns',
    ],
    [
      'a kind by another name',
      { secret: {} },
      'Cannot use driver "secret": no such kind, did you mean "secrets"?',
    ],
    [
      'a name of Object.prototype',
      { toString: {} },
      'Cannot use driver "toString": no such kind, use one of kv, queue, http, files, log, secrets',
    ],
  ])('refuses %s', ([, given, message]) => {
    expect(() => new Runtime({ drivers: drivers(given) })).toThrow(new TypeError(message))
  })

  it('takes drivers that are whole, and none', async () => {
    const whole = { kv: memoryKv(), files: memoryFiles(), log: { write() {} } }
    await new Runtime({ drivers: whole }).close()
    await new Runtime({ drivers: drivers({ kv: undefined }) }).close()
  })
})
