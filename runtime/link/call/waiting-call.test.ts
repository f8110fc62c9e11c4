import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeAll, describe, expect, test } from 'vitest'
import type { HostCall } from '../host-dispatcher.ts'
import type { ComponentInstance } from '../instance.ts'
import { instantiate, loadWat, type Loaded } from '../testing/component.ts'
import { loadResting, memoryOf, Movers, RestingHost } from '../testing/resting.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

let component: Loaded
beforeAll(async () => {
  component = await loadResting()
}, 60_000)

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))
const later = async (n: number): Promise<number> => (await Promise.resolve(), n)

function begin(
  name: string,
  n: number,
): { host: RestingHost; instance: ComponentInstance; running: Promise<unknown>; call: HostCall } {
  const host = new RestingHost(component)
  const instance = instantiate(component, {}, { host })
  const running = instance.lookup(name).call([n]) as Promise<unknown>
  running.catch(() => {})
  const { call } = instance
  if (call === undefined) throw new Error('it does not wait')
  return { host, instance, running, call }
}

describe('a call that waits', () => {
  test('rests once for each wait', async () => {
    const host = new RestingHost(component, later)
    const instance = instantiate(component, {}, { host })
    expect(await instance.lookup('sum').call([3])).toBe(6)
    expect([host.rested.length, host.woken.length]).toEqual([3, 3])
    expect(instance.call).toBeUndefined()
  })

  test('does not rest when nothing makes it wait', () => {
    const host = new RestingHost(component, (n) => n)
    const instance = instantiate(component, {}, { host })
    expect(instance.lookup('early').call([0])).toBe(42)
    expect([host.rested, host.told]).toEqual([[], []])
  })

  test('goes on when the host has made it ready', async () => {
    const { host, running } = begin('sum', 1)
    const ready = Promise.withResolvers<void>()
    host.wake = () => ready.promise
    host.answers[0]?.resolve(5)
    await turn()
    expect(host.rested[0]?.resting).toBe(true)
    ready.resolve()
    expect(await running).toBe(5)
  })

  test('ends when the host cannot make it ready', async () => {
    const { host, instance, running } = begin('sum', 1)
    const error = new Error('no room')
    host.wake = () => Promise.reject(error)
    host.answers[0]?.resolve(5)
    await expect(running).rejects.toBe(error)
    expect([instance.running, instance.poisoned]).toEqual([false, false])
  })
})

describe('HostCall.moveOut()', () => {
  test('frees the instance, and another one goes on', async () => {
    const { host, instance, running, call } = begin('sum', 2)
    const memory = memoryOf(instance).slice()
    call.moveOut()
    expect([call.away, instance.running, instance.call]).toEqual([true, false, undefined])
    instance.reset()
    expect(instance.capture().handles).toBe(0)
    memoryOf(instance).fill(0)
    instance.host = new RestingHost(component, (n) => n)
    expect(instance.lookup('early').call([0])).toBe(42)

    const other = instantiate(component)
    memoryOf(other).set(memory)
    host.wake = (woken) => {
      if (woken.away) other.moveIn(woken)
      return undefined
    }
    host.answers[0]?.resolve(20)
    await turn()
    expect([call.away, other.running, host.answers.length]).toEqual([false, true, 2])
    host.answers[1]?.resolve(1)
    expect(await running).toBe(21)
    expect(memoryOf(instance).every((byte) => byte === 0)).toBe(true)
  })

  test('brings an event that came meanwhile', async () => {
    const { host, instance, running, call } = begin('sum', 1)
    const memory = memoryOf(instance).slice()
    const home = Promise.withResolvers<void>()
    host.wake = () => home.promise
    call.moveOut()
    host.answers[0]?.resolve(9)
    await turn()
    const other = instantiate(component)
    memoryOf(other).set(memory)
    expect(memoryOf(other)[64]).toBe(0)
    other.moveIn(call)
    home.resolve()
    expect(await running).toBe(9)
  })

  test('is refused where the call runs, is away, or is over', async () => {
    const { host, instance, call } = begin('sum', 1)
    const other = instantiate(component)
    expect(() => other.moveIn(call)).toThrow(/has not moved out/)
    expect(() => instance.reset()).toThrow(/in a call/)
    call.moveOut()
    expect(() => call.moveOut()).toThrow(/in no instance/)
    const busy = begin('sum', 1)
    expect(() => busy.instance.moveIn(call)).toThrow(/is in a call/)
    other.moveIn(call)
    call.drop(new Error('gone'))
    expect(() => call.moveOut()).toThrow(/does not rest/)
    expect(() => other.moveIn(call)).toThrow(/has not moved out/)
    host.answers[0]?.resolve(1)
    await turn()
    expect(host.woken).toEqual([])
  })

  test('holds through thousands of moves between a few instances', async () => {
    const movers = new Movers(component, 3)
    const waves = 100
    for (let wave = 0; wave < waves; wave++) {
      const calls = Array.from({ length: 20 }, (_, index) => index + 1)
      const values = calls.map((n) => movers.run('sum', n % 7 || 1, later))
      const sums = calls.map((n) => ((n % 7 || 1) * ((n % 7 || 1) + 1)) / 2)
      expect(await Promise.all(values)).toEqual(sums)
    }
    expect(movers.moves).toBeGreaterThan(5_000)
    for (const instance of movers.instances) expect(instance.running).toBe(false)
  })
})

test('a call that has moved out keeps no instance, nor does the promise it waits for', async () => {
  const away: HostCall[] = []
  const hosts: RestingHost[] = []
  let freed = 0
  const registry = new FinalizationRegistry(() => freed++)
  const leave = (isDropped: boolean): void => {
    const { host, instance, call } = begin('sum', 1)
    registry.register(instance, undefined)
    hosts.push(host)
    if (isDropped) call.drop(new Error('gone'))
    else {
      call.moveOut()
      away.push(call)
    }
  }
  for (let count = 0; count < 20; count++) leave(count % 2 === 0)
  for (let rounds = 0; rounds < 50 && freed < 19; rounds++) {
    collect()
    await turn()
  }
  // The last may still lie on the stack of the test.
  expect(freed).toBeGreaterThanOrEqual(19)
  expect([away.length, hosts.length]).toEqual([10, 20])
})

/** Gives a resource of its own to the host, and waits for the answer. */
const GIVING = `(component
  (type $item' (resource (rep i32)))
  (import "slow" (func $slow async (result u32)))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $slow (canon lower (func $slow) async (memory (core memory $libc "memory"))))
  (core func $new (canon resource.new $item'))
  (core func $drop (canon resource.drop $item'))
  (core func $return (canon task.return (result u32)))
  (core func $set-new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core module $main
    (import "" "slow" (func $slow (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "set-new" (func $set-new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (func (export "make") (result i32) (call $new (i32.const 5)))
    (func (export "take") (param i32) (call $drop (local.get 0)))
    (func (export "run") (result i32) (local $set i32)
      (local.set $set (call $set-new))
      (call $join (i32.shr_u (call $slow (i32.const 64)) (i32.const 4)) (local.get $set))
      (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))
    (func (export "callback") (param i32 i32 i32) (result i32) (call $return (i32.const 7)) (i32.const 0)))
  (core instance $main (instantiate $main (with "" (instance
    (export "slow" (func $slow)) (export "drop" (func $drop)) (export "new" (func $new))
    (export "return" (func $return)) (export "set-new" (func $set-new)) (export "join" (func $join))))))
  (export $item "item" (type $item'))
  (func (export "make") (result (own $item)) (canon lift (core func $main "make")))
  (func (export "take") (param "item" (own $item)) (canon lift (core func $main "take")))
  (func (export "run") async (result u32)
    (canon lift (core func $main "run") async (callback (core func $main "callback")))))`

test('a call whose guest has given a resource to the host stays where it is', async () => {
  const { promise, resolve } = Promise.withResolvers<number>()
  const instance = instantiate(await loadWat(GIVING), { slow: () => promise })
  const item = instance.lookup('make').call([]) as Disposable
  const running = instance.lookup('run').call([])
  const { call } = instance
  expect(call?.immovable).toBe('the host holds resources of it')
  expect(() => call?.moveOut()).toThrow(/the host holds resources of it/)
  item[Symbol.dispose]()
  expect(call?.immovable).toBeUndefined()
  resolve(1)
  expect(await running).toBe(7)
  const given = instance.lookup('make').call([])
  instance.lookup('take').call([given])
  expect(instance.poisoned).toBe(false)
})

describe('HostCall.drop()', () => {
  test('voids resources of the guest that the host has', async () => {
    const instance = instantiate(await loadWat(GIVING), { slow: () => new Promise(() => {}) })
    const item = instance.lookup('make').call([]) as Disposable
    const running = instance.lookup('run').call([])
    instance.call?.drop(new Error('stopped'))
    await expect(running).rejects.toThrow('stopped')
    // The instance serves others, and must not fail by what is left of this guest.
    item[Symbol.dispose]()
    expect(instance.poisoned).toBe(false)
  })

  test.each([true, false])('ends the call and its work, away: %s', async (away) => {
    const { host, instance, running, call } = begin('sum', 1)
    if (away) call.moveOut()
    const error = new Error('stopped')
    call.drop(error)
    await expect(running).rejects.toBe(error)
    expect(host.signals[0]?.aborted).toBe(true)
    expect([instance.running, instance.poisoned]).toEqual([false, false])
    host.answers[0]?.resolve(1)
    await turn()
    instance.reset()
    memoryOf(instance).fill(0)
    instance.host = new RestingHost(component, later)
    expect(await instance.lookup('sum').call([2])).toBe(3)
    expect(host.woken).toEqual([])
  })

  test('ends a call whose event has come', async () => {
    const { host, running, call } = begin('sum', 1)
    host.answers[0]?.resolve(1)
    const home = Promise.withResolvers<void>()
    host.wake = () => home.promise
    await turn()
    call.drop(new Error('stopped'))
    home.resolve()
    await expect(running).rejects.toThrow('stopped')
    expect(() => call.drop(new Error('twice'))).toThrow(/does not rest/)
  })

  test('is what a failed instance does to a resting call', async () => {
    const { host, instance, running } = begin('sum', 1)
    const error = new Error('killed')
    instance.abandon(error)
    await expect(running).rejects.toBe(error)
    expect(host.signals[0]?.aborted).toBe(true)
    expect(instance.running).toBe(false)
  })
})

describe('a result before the end', () => {
  test('says that the guest goes on after it', async () => {
    const { host, running, call } = begin('early', 2)
    expect([host.told, call.returned, call.value()]).toEqual([[42], true, 42])
    host.answers[0]?.resolve(1)
    await turn()
    expect(call.resting).toBe(true)
    host.answers[1]?.resolve(1)
    expect(await running).toBe(42)
    expect(host.told).toEqual([42])
  })

  test('is not there before', () => {
    const { call } = begin('sum', 1)
    expect(call.returned).toBe(false)
    expect(() => call.value()).toThrow(/none yet/)
  })

  test('stands when the guest fails afterwards', async () => {
    const { host, running } = begin('early', 1)
    const error = new Error('gone')
    host.answers[0]?.reject(error)
    await expect(running).rejects.toBe(error)
    expect(host.told).toEqual([42])
  })
})

describe('HostCall.requestCancellation()', () => {
  const reason = new Error('the client left')

  test('ends the call when the guest agrees', async () => {
    const { host, instance, running, call } = begin('cancelled', 0)
    call.requestCancellation(reason)
    call.requestCancellation(new Error('again'))
    await expect(running).rejects.toBe(reason)
    expect(host.signals[0]?.aborted).toBe(true)
    expect([instance.poisoned, instance.running, call.returned]).toEqual([false, false, false])
  })

  test('lets the guest return a result', async () => {
    const { running, call } = begin('cancelled', 1)
    call.requestCancellation(reason)
    expect(await running).toBe(7)
  })

  test.each([4, 5])('lets the guest go on: %i', async (n) => {
    const { host, running, call } = begin('cancelled', n)
    call.requestCancellation(reason)
    await turn()
    await turn()
    expect([call.resting, host.rested.length]).toEqual([true, 2])
    host.answers[0]?.resolve(3)
    expect(await running).toBe(3)
  })

  test('reaches a guest that has moved out', async () => {
    const { host, instance, running, call } = begin('cancelled', 0)
    const memory = memoryOf(instance).slice()
    const other = instantiate(component)
    memoryOf(other).set(memory)
    host.wake = (woken) => {
      other.moveIn(woken)
      return undefined
    }
    call.moveOut()
    call.requestCancellation(reason)
    await expect(running).rejects.toBe(reason)
    expect(other.running).toBe(false)
  })

  test.each([
    ['cancels twice', 2, /it has returned/],
    ['ends without a result', 3, /it has not returned/],
  ])('traps when the guest %s', async (_, n, message) => {
    const { instance, running, call } = begin('cancelled', n)
    call.requestCancellation(reason)
    await expect(running).rejects.toThrow(message)
    expect(instance.poisoned).toBe(true)
  })

  test('must have been asked for', () => {
    const instance = instantiate(component)
    expect(() => instance.lookup('quit').call([0])).toThrow(/no cancellation was requested/)
  })

  test('does nothing after the result and after the end', async () => {
    const { host, running, call } = begin('early', 1)
    call.requestCancellation(reason)
    await turn()
    expect(host.woken).toEqual([])
    host.answers[0]?.resolve(1)
    expect(await running).toBe(42)
    call.requestCancellation(reason)
    await turn()
  })
})
