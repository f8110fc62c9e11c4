import { beforeAll, describe, expect, test, vi } from 'vitest'
import { ComponentError } from '../abi/index.ts'
import type { ComponentInstance, InstanceOptions } from './instance.ts'
import { callableOf, resolveImports } from './plan/resolve-imports.ts'
import { componentOf, instantiate, load, type Loaded } from './testing/component.ts'
import { REALLOC_WAT } from './testing/echo.ts'

const WIT = `package test:calls@1.2.0;
  interface host {
    get: func(n: u32) -> u32;
    text: func(n: u32) -> string;
    try-it: func(n: u32) -> result<u32, string>;
  }
  interface api {
    get: func(n: u32) -> u32;
    twice: func(n: u32) -> u32;
    text: func(n: u32) -> string;
    try-it: func(n: u32) -> result<u32, string>;
    catching: func(n: u32) -> u32;
    spin: func(n: u32) -> u32;
    recurse: func() -> u32;
  }
  world calls { import host; export api; export top-level: func() -> u32; }`

const HOST = 'test:calls/host@1.2.0'
const API = 'test:calls/api@1.2.0'
const WAT = `(module
  (import "${HOST}" "get" (func $get (param i32) (result i32)))
  (import "${HOST}" "text" (func $text (param i32 i32)))
  (import "${HOST}" "try-it" (func $try (param i32 i32)))
  (memory (export "memory") 1) ${REALLOC_WAT}
  (global $after (mut i32) (i32.const 0))
  (func (export "${API}#get") (param i32) (result i32) (call $get (local.get 0)))
  (func (export "${API}#twice") (param i32) (result i32)
    (i32.add (call $get (local.get 0)) (call $get (i32.add (local.get 0) (i32.const 1)))))
  (func (export "${API}#text") (param i32) (result i32)
    (call $text (local.get 0) (i32.const 64)) (i32.const 64))
  (func (export "${API}#try-it") (param i32) (result i32)
    (call $try (local.get 0) (i32.const 64)) (i32.const 64))
  (func (export "${API}#catching") (param i32) (result i32)
    (block $caught (try_table (catch_all $caught) (return (call $get (local.get 0)))))
    (global.set $after (i32.const 1))
    (i32.const 99))
  (func (export "${API}#spin") (param i32) (result i32) (local.get 0))
  (func $recurse (export "${API}#recurse") (result i32) (i32.add (call $recurse) (i32.const 1)))
  (func (export "top-level") (result i32) (i32.const 7))
  (global (export "after") i32 (i32.const 0)))`

let calls: Loaded
beforeAll(async () => {
  calls = load(await componentOf(WIT, WAT))
}, 60_000)

const GET = 0

interface Host {
  get?: (n: number) => unknown
  text?: (n: number) => unknown
  tryIt?: (n: number) => unknown
}

function fresh(host: Host, options: InstanceOptions = {}): ComponentInstance {
  const nothing = (): never => {
    throw new Error('not expected to be called')
  }
  const members = { get: nothing, text: nothing, tryIt: nothing, ...host }
  return instantiate(calls, { 'test:calls/host': members }, options)
}

function call(instance: ComponentInstance, name: string, ...values: unknown[]): unknown {
  return instance.lookup(`test:calls/api#${name}`).call(values)
}

describe('lookup()', () => {
  test.each([
    'test:calls/api#try-it',
    'test:calls/api#tryIt',
    'test:calls/api@1.2.0#try-it',
    'test:calls/api@1.2.0#tryIt',
    'top-level',
    'topLevel',
  ])('finds %s', (name) => {
    expect(fresh({}).lookup(name).type.params.length).toBe(name.startsWith('top') ? 0 : 1)
  })

  test('refuses what is not exported and says what is', () => {
    expect(() => fresh({}).lookup('greet')).toThrow(
      expect.objectContaining({
        code: 'ERR_EXPORT_MISSING',
        message: 'Cannot find exported function "greet": not exported',
        hint: expect.stringContaining(`${API}#try-it`),
      }),
    )
  })
})

describe('resolveImports()', () => {
  const names = (imports: Record<string, object>): string[] =>
    resolveImports(calls.plan.link, imports).missing.map(({ name }) => name)
  const all = { get() {}, text() {}, tryIt() {} }

  test.each(['test:calls/host', HOST, 'test:calls/host@1.0.0', 'test:calls/host@1.9.3'])(
    'takes %s',
    (key) => expect(names({ [key]: all })).toEqual([]),
  )

  test.each(['test:calls/host@2.0.0', 'test:calls/hosts', 'test:calls/host@1.2.0-rc.1'])(
    'does not take %s',
    (key) => expect(names({ [key]: all })).toEqual(['get', 'text', 'try-it']),
  )

  test('does not take what every object has for a function of the host', () => {
    for (const name of ['to-string', 'value-of', 'has-own-property'])
      expect(callableOf({}, name)).toBeUndefined()
    expect(callableOf({ toString: () => 'mine' }, 'to-string')?.([])).toBe('mine')
    const source = { Thing: class Thing {} }
    for (const name of ['[method]thing.to-string', '[method]thing.value-of', '[static]thing.call'])
      expect(callableOf(source, name)).toBeUndefined()
    class Named {
      toString(): string {
        return 'mine'
      }
    }
    const call = callableOf({ Thing: Named }, '[method]thing.to-string')
    expect(call?.([new Named()])).toBe('mine')
  })

  test('reports the functions an interface lacks', () => {
    expect(names({ [HOST]: { get() {} } })).toEqual(['text', 'try-it'])
  })
})

describe('an error of the host', () => {
  test('is the err case of a result when it has a payload or is no Error', () => {
    const errors = ['plain', new ComponentError('component'), { payload: 'object' }]
    const instance = fresh({
      tryIt(n) {
        if (n < errors.length) throw errors[n]
        return n
      },
    })
    for (const [n, payload] of ['plain', 'component', 'object'].entries()) {
      expect(() => call(instance, 'try-it', n)).toThrow(expect.objectContaining({ payload }))
    }
    expect(call(instance, 'try-it', 5)).toBe(5)
    expect(instance.poisoned).toBe(false)
  })

  test('ends the guest otherwise and reaches the caller unchanged', () => {
    const failure = new RangeError('the backend is gone')
    for (const name of ['get', 'try-it', 'text']) {
      const fail = (): never => {
        throw failure
      }
      const instance = fresh({ get: fail, tryIt: fail, text: fail })
      expect(() => call(instance, name, 1)).toThrow(failure)
      expect(instance.poisoned).toBe(true)
    }
  })

  test('cannot be caught by the guest', () => {
    const failure = new Error('the guest must not see this')
    const instance = fresh({
      get() {
        throw failure
      },
    })
    expect(() => call(instance, 'catching', 1)).toThrow(failure)
  })

  test('names the import whose value does not fit', () => {
    expect(() => call(fresh({ get: () => -1 }), 'get', 1)).toThrow(
      expect.objectContaining({
        code: 'ERR_VALUE_MISMATCH',
        message: `Cannot return result from "${HOST}#get": expected u32, got -1`,
      }),
    )
    expect(() => call(fresh({ tryIt: () => 'no' }), 'try-it', 1)).toThrow(
      `Cannot return result.val from "${HOST}#try-it": expected u32, got "no"`,
    )
  })
})

describe('a trap of the guest', () => {
  test('has a code, the export in its message and the trap as its cause', () => {
    const instance = fresh({})
    expect(() => call(instance, 'recurse')).toThrow(
      expect.objectContaining({
        code: 'ERR_GUEST_TRAPPED',
        message: expect.stringContaining('Cannot finish call of "test:calls/api#recurse"'),
        cause: expect.any(RangeError),
      }),
    )
    expect(instance.poisoned).toBe(true)
  })
})

describe('re-entrance', () => {
  test('is refused while a call is running', () => {
    const instance: ComponentInstance = fresh({ get: () => call(instance, 'get', 1) })
    expect(() => call(instance, 'get', 1)).toThrow('the instance is in a call')
    expect(instance.poisoned).toBe(true)
  })

  test('is refused while a call is suspended, which it leaves alone', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const instance = fresh({ get: () => promise }, { suspending: new Set([GET]) })
    const first = instance.lookup(`${API}#get`).callAsync([1])
    expect(instance.running).toBe(true)
    expect(() => call(instance, 'spin', 1)).toThrow('the instance is in a call')
    resolve(5)
    expect(await first).toBe(5)
    expect(call(instance, 'spin', 2)).toBe(2)
  })
})

describe('a suspending import', () => {
  const suspending = new Set([0, 1, 2])

  test('lets callAsync() wait', async () => {
    const later = (value: unknown) => async (): Promise<unknown> => value
    const instance = fresh(
      {
        get: async (n) => n * 10,
        text: later('long enough to need memory of its own'),
        tryIt: async (n) => {
          if (n === 0) throw 'refused'
          return n
        },
      },
      { suspending },
    )
    expect(await instance.lookup(`${API}#twice`).callAsync([1])).toBe(30)
    expect(await instance.lookup(`${API}#text`).callAsync([1])).toMatch(/long enough/)
    expect(await instance.lookup(`${API}#try-it`).callAsync([3])).toBe(3)
    await expect(instance.lookup(`${API}#try-it`).callAsync([0])).rejects.toThrow(
      expect.objectContaining({ payload: 'refused' }),
    )
    expect(instance.poisoned).toBe(false)
  })

  test('may answer at once, with call() and with callAsync()', async () => {
    const instance = fresh({ get: (n) => n }, { suspending })
    const twice = instance.lookup(`${API}#twice`)
    expect(twice.suspends).toBe(true)
    expect(twice.call([1])).toBe(3)
    expect(await twice.callAsync([1])).toBe(3)
  })

  test('may not wait within call(), nor when it was not linked as suspending', async () => {
    const host = { get: async () => 1 }
    expect(() => call(fresh(host, { suspending }), 'get', 1)).toThrow(/Cannot wait for/)
    const linked = fresh(host, { suspending: new Set([1]) })
    await expect(async () => linked.lookup(`${API}#get`).callAsync([1])).rejects.toThrow(
      /Cannot wait for/,
    )
  })

  test('that fails later ends the guest and reaches the caller unchanged', async () => {
    const failure = new Error('gone')
    for (const name of ['get', 'catching']) {
      const instance = fresh({ get: () => Promise.reject(failure) }, { suspending })
      await expect(instance.lookup(`${API}#${name}`).callAsync([1])).rejects.toBe(failure)
      expect(instance.poisoned).toBe(true)
    }
  })

  test('serves many instances at once', async () => {
    const instances = Array.from({ length: 50 }, (_, index) =>
      fresh({ get: async (n) => (await Promise.resolve(), n + index) }, { suspending }),
    )
    const sums = await Promise.all(
      instances.map((each) => each.lookup(`${API}#twice`).callAsync([0])),
    )
    expect(sums).toEqual(instances.map((_, index) => 1 + 2 * index))
  })
})

describe('abandon()', () => {
  test('ends a suspended call, whose guest never runs again', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const seen: number[] = []
    const get = (n: number): Promise<number> => (seen.push(n), promise)
    const instance = fresh({ get }, { suspending: new Set([GET]) })
    const call = instance.lookup(`${API}#twice`).callAsync([1])
    const reason = new Error('the deadline has passed')
    instance.abandon(reason)
    await expect(call).rejects.toBe(reason)
    expect(instance.poisoned).toBe(true)
    resolve(5)
    await promise
    await new Promise((turn) => setTimeout(turn, 0))
    expect(seen).toEqual([1])
  })
})

test('abandon() from within a call says what the trap that follows means', () => {
  const reason = new Error('out of fuel')
  const instance: ComponentInstance = fresh({
    get() {
      instance.abandon(reason)
      return 1
    },
  })
  expect(() => call(instance, 'twice', 1)).toThrow(reason)
})

describe('reset()', () => {
  test('is refused while a call is suspended', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const instance = fresh({ get: () => promise }, { suspending: new Set([GET]) })
    const call = instance.lookup(`${API}#get`).callAsync([1])
    expect(() => instance.reset()).toThrow('Cannot reset an instance: it is in a call')
    resolve(1)
    expect(await call).toBe(1)
    instance.reset()
  })
})

describe('options', () => {
  test('afterInstantiate() sees each core instance, modulesImports() adds imports', () => {
    const seen: number[] = []
    const modulesImports = vi.fn(() => ({
      mayfly: { fuel: new WebAssembly.Global({ value: 'i32' }) },
    }))
    const instance = fresh(
      { get: (n) => n },
      { modulesImports, afterInstantiate: (number) => seen.push(number) },
    )
    expect(seen).toEqual(instance.core.map((_, index) => index))
    expect(modulesImports).toHaveBeenCalledTimes(seen.length)
    expect(call(instance, 'get', 3)).toBe(3)
  })

  test('host may be replaced between calls', () => {
    const instance = fresh({ get: () => 1 })
    expect(call(instance, 'get', 0)).toBe(1)
    instance.host = { call: () => 2 }
    expect(call(instance, 'get', 0)).toBe(2)
  })
})
