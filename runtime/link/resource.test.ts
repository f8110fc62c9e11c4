import { beforeAll, describe, expect, test } from 'vitest'
import type { ComponentInstance } from './instance.ts'
import { GuestResource } from './guest-resource.ts'
import { componentOf, instantiate, load, loadWat, type Loaded } from './testing/component.ts'
import { REALLOC_WAT } from './testing/echo.ts'

const WIT = `package test:things;
  interface host {
    resource file { constructor(size: u32); size: func() -> u32; open: static func(size: u32) -> file; }
    give: func(file: file);
    look: func(file: borrow<file>) -> u32;
    show: func(counter: u32);
  }
  interface api {
    use host.{file};
    resource counter {
      constructor(start: u32);
      value: func() -> u32;
      add-up: static func(a: counter, b: borrow<counter>) -> counter;
    }
    swap: func(counter: counter) -> counter;
    open: func(size: u32) -> u32;
    read: func(handle: u32) -> u32;
    drop-file: func(handle: u32);
    give-file: func(handle: u32);
    accept: func(file: file) -> u32;
    hand-out: func(handle: u32) -> file;
    borrow-and-drop: func(file: borrow<file>) -> u32;
    borrow-and-keep: func(file: borrow<file>);
    borrow-and-give: func(file: borrow<file>);
    drop-counter: func(handle: u32);
    destroyed: func() -> u32;
  }
  world things { import host; export api; }`

const API = 'test:things/api'
const WAT = `(module
  (import "test:things/host" "[constructor]file" (func $file (param i32) (result i32)))
  (import "test:things/host" "[method]file.size" (func $size (param i32) (result i32)))
  (import "test:things/host" "[static]file.open" (func $open (param i32) (result i32)))
  (import "test:things/host" "[resource-drop]file" (func $drop (param i32)))
  (import "test:things/host" "give" (func $give (param i32)))
  (import "test:things/host" "look" (func $look (param i32) (result i32)))
  (import "[export]${API}" "[resource-new]counter" (func $new (param i32) (result i32)))
  (import "[export]${API}" "[resource-rep]counter" (func $rep (param i32) (result i32)))
  (import "[export]${API}" "[resource-drop]counter" (func $drop-counter (param i32)))
  (memory (export "memory") 1)
  (global $destroyed (mut i32) (i32.const 0))
  ${REALLOC_WAT}
  (func (export "${API}#[constructor]counter") (param i32) (result i32) (call $new (local.get 0)))
  (func (export "${API}#[method]counter.value") (param i32) (result i32) (local.get 0))
  (func (export "${API}#[static]counter.add-up") (param i32 i32) (result i32) (local $sum i32)
    (local.set $sum (i32.add (call $rep (local.get 0)) (local.get 1)))
    (call $drop-counter (local.get 0))
    (call $new (local.get $sum)))
  (func (export "${API}#[dtor]counter") (param i32)
    (global.set $destroyed (i32.add (global.get $destroyed) (local.get 0))))
  (func (export "${API}#swap") (param i32) (result i32) (local.get 0))
  (func (export "${API}#open") (param i32) (result i32)
    (if (result i32) (i32.and (local.get 0) (i32.const 1))
      (then (call $file (local.get 0))) (else (call $open (local.get 0)))))
  (func (export "${API}#read") (param i32) (result i32) (call $size (local.get 0)))
  (func (export "${API}#drop-file") (param i32) (call $drop (local.get 0)))
  (func (export "${API}#give-file") (param i32) (call $give (local.get 0)))
  (func (export "${API}#accept") (param i32) (result i32) (local.get 0))
  (func (export "${API}#hand-out") (param i32) (result i32) (local.get 0))
  (func (export "${API}#borrow-and-drop") (param i32) (result i32) (local $size i32)
    (local.set $size (call $look (local.get 0))) (call $drop (local.get 0)) (local.get $size))
  (func (export "${API}#borrow-and-keep") (param i32))
  (func (export "${API}#borrow-and-give") (param i32) (call $give (local.get 0)))
  (func (export "${API}#drop-counter") (param i32) (call $drop-counter (local.get 0)))
  (func (export "${API}#destroyed") (result i32) (global.get $destroyed)))`

let things: Loaded
beforeAll(async () => {
  things = load(await componentOf(WIT, WAT))
}, 60_000)

class File {
  readonly #size: number
  disposed = 0
  constructor(size: number) {
    this.#size = size
  }
  static open(size: number): File {
    return new File(size * 10)
  }
  size(): number {
    return this.#size
  }
  [Symbol.dispose](): void {
    this.disposed++
  }
}

let given: File[] = []
let during: ((file: File) => void) | undefined
function fresh(): ComponentInstance {
  given = []
  during = undefined
  return instantiate(things, {
    'test:things/host': {
      File,
      give: (file: File) => void given.push(file),
      look: (file: File) => (during?.(file), file.size()),
      show() {},
    },
  })
}

function call(instance: ComponentInstance, name: string, ...values: unknown[]): unknown {
  return instance.lookup(`${API}#${name}`).call(values)
}

/** A resource as its class declares it. */
interface Counter extends GuestResource {
  value(): number
}
interface CounterClass {
  new (start: number): Counter
  addUp(a: Counter, b: Counter): Counter
}
function counterClass(instance: ComponentInstance): CounterClass {
  return instance.resource(`${API}#counter`) as unknown as CounterClass
}

describe('a resource of the host', () => {
  test('is constructed, used, given away and dropped by number', () => {
    const instance = fresh()
    const one = call(instance, 'open', 7) as number
    const two = call(instance, 'open', 4) as number
    expect([call(instance, 'read', one), call(instance, 'read', two)]).toEqual([7, 40])
    call(instance, 'give-file', one)
    expect(given.map((file) => [file.size(), file.disposed])).toEqual([[7, 0]])
    const file = new File(3)
    const three = call(instance, 'accept', file) as number
    expect(three).toBe(one)
    call(instance, 'drop-file', three)
    expect(file.disposed).toBe(1)
  })

  test('comes back as the same object', () => {
    const instance = fresh()
    const file = new File(3)
    expect(call(instance, 'hand-out', call(instance, 'accept', file))).toBe(file)
  })

  test('is borrowed for the time of a call', () => {
    const file = new File(9)
    expect(call(fresh(), 'borrow-and-drop', file)).toBe(9)
    expect(file.disposed).toBe(0)
  })

  test.each([
    ['read', [0]],
    ['read', [777]],
    ['drop-file', [777]],
    ['give-file', [0x8000_0000]],
    ['hand-out', [5]],
  ])('traps when a handle is forged: %s %j', (name, values) => {
    const instance = fresh()
    expect(() => call(instance, name, ...values)).toThrow(/Cannot use handle/)
    expect(instance.poisoned).toBe(true)
  })

  test('traps when a handle is used or dropped after it was dropped', () => {
    for (const name of ['read', 'drop-file', 'give-file']) {
      const instance = fresh()
      const handle = call(instance, 'open', 1)
      call(instance, 'drop-file', handle)
      expect(() => call(instance, name, handle)).toThrow(/Cannot use handle 1: there is none/)
    }
  })

  test('traps when a handle of another type is used', () => {
    const instance = fresh()
    const counter = new (counterClass(instance))(1)
    call(instance, 'accept', new File(1))
    expect(() => call(instance, 'drop-counter', 1)).toThrow(/of another type/)
    expect(counter.live).toBe(false)
  })

  test('traps when a borrow is kept or given away', () => {
    expect(() => call(fresh(), 'borrow-and-keep', new File(1))).toThrow(/were not dropped/)
    expect(() => call(fresh(), 'borrow-and-give', new File(1))).toThrow(/it is borrowed/)
  })

  test('must be an object', () => {
    expect(() => call(fresh(), 'accept', 1)).toThrow('expected resource "file", got 1')
  })
})

describe('a resource of a guest', () => {
  test('is a class with methods', () => {
    const instance = fresh()
    const Counter = counterClass(instance)
    const five = new Counter(5)
    expect(five).toBeInstanceOf(Counter)
    expect(five).toBeInstanceOf(GuestResource)
    expect(five.value()).toBe(5)
    const seven = Counter.addUp(new Counter(2), five)
    expect(seven.value()).toBe(7)
    expect(call(instance, 'destroyed')).toBe(2)
  })

  test('runs its destructor once', () => {
    const instance = fresh()
    const counter = new (counterClass(instance))(5)
    counter[Symbol.dispose]()
    counter[Symbol.dispose]()
    expect(call(instance, 'destroyed')).toBe(5)
    expect(() => counter.value()).toThrow('expected live resource "counter"')
  })

  test('is gone from the host once it was passed back', () => {
    const instance = fresh()
    const counter = new (counterClass(instance))(5)
    const back = call(instance, 'swap', counter) as Counter
    expect(() => counter.value()).toThrow('expected live resource "counter"')
    expect(back.value()).toBe(5)
  })

  test('is refused by another instance, and after a reset', () => {
    const instance = fresh()
    const counter = new (counterClass(instance))(5)
    expect(() => call(fresh(), 'swap', counter)).toThrow('expected live resource "counter"')
    instance.reset()
    expect(() => call(instance, 'swap', counter)).toThrow('expected live resource "counter"')
  })

  test('cannot be given away twice in one call', () => {
    const instance = fresh()
    const Counter = counterClass(instance)
    const counter = new Counter(1)
    expect(() => Counter.addUp(counter, counter)).toThrow('expected live resource')
  })
})

test('reset() forgets handles, and goes back to those captured', () => {
  const instance = fresh()
  const kept = call(instance, 'open', 1)
  const state = instance.capture()
  expect(state.handles).toBe(1)
  call(instance, 'drop-file', kept)
  call(instance, 'open', 3)
  call(instance, 'open', 5)
  instance.reset(state)
  expect(call(instance, 'read', kept)).toBe(1)
  expect(() => call(instance, 'read', 2)).toThrow(/there is none/)
  const other = fresh()
  call(other, 'open', 1)
  other.reset()
  expect(other.capture().handles).toBe(0)
})

describe('between two components', () => {
  // The inner one defines a resource and takes text as UTF-16; the outer one uses both, in UTF-8.
  const inner = `(component $inner
    (core module $core
      (memory (export "memory") 1)
      (global $destroyed (mut i32) (i32.const 0))
      ${REALLOC_WAT}
      (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
      (func (export "destroy") (param i32) (global.set $destroyed (local.get 0)))
      (func (export "destroyed") (result i32) (global.get $destroyed))
      (func (export "peek") (param i32) (result i32) (local.get 0)))
    (core instance $core (instantiate $core))
    (alias core export $core "destroy" (core func $destroy))
    (type $thing (resource (rep i32) (dtor (core func $destroy))))
    (core func $new (canon resource.new $thing))
    (core module $maker (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0))))
    (core instance $maker (instantiate $maker (with "" (instance (export "new" (func $new))))))
    (export $exported "thing" (type $thing))
    (func (export "make") (param "rep" u32) (result (own $exported)) (canon lift (core func $maker "make")))
    (func (export "peek") (param "thing" (borrow $exported)) (result u32) (canon lift (core func $core "peek")))
    (func (export "destroyed") (result u32) (canon lift (core func $core "destroyed")))
    (func (export "echo") (param "text" string) (result string)
      (canon lift (core func $core "echo") (memory (core memory $core "memory")) (realloc (core func $core "cabi_realloc"))
        string-encoding=utf16)))`
  const wat = `(component ${inner}
    (instance $inner (instantiate $inner))
    (alias export $inner "thing" (type $thing))
    (core module $libc (memory (export "memory") 1) ${REALLOC_WAT})
    (core instance $libc (instantiate $libc))
    (core func $echo (canon lower (func $inner "echo") (memory (core memory $libc "memory"))
      (realloc (core func $libc "cabi_realloc")) string-encoding=ENCODING))
    (core func $make (canon lower (func $inner "make")))
    (core func $peek (canon lower (func $inner "peek")))
    (core func $drop (canon resource.drop $thing))
    (core module $main
      (import "" "echo" (func $echo (param i32 i32 i32)))
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "peek" (func $peek (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "run") (param i32 i32) (result i32)
        (call $echo (local.get 0) (local.get 1) (i32.const 32)) (i32.const 32))
      (func (export "use") (param i32) (result i32) (local $handle i32) (local $seen i32)
        (local.set $handle (call $make (local.get 0)))
        (local.set $seen (call $peek (local.get $handle)))
        (call $drop (local.get $handle))
        (local.get $seen))
      (func (export "forge") (param i32) (result i32) (call $peek (local.get 0))))
    (core instance $main (instantiate $main (with "" (instance
      (export "echo" (func $echo)) (export "make" (func $make)) (export "peek" (func $peek))
      (export "drop" (func $drop))))))
    (func (export "run") (param "text" string) (result string)
      (canon lift (core func $main "run") (memory (core memory $libc "memory")) (realloc (core func $libc "cabi_realloc"))
        string-encoding=ENCODING))
    (func (export "use") (param "rep" u32) (result u32) (canon lift (core func $main "use")))
    (func (export "forge") (param "handle" u32) (result u32) (canon lift (core func $main "forge")))
    (func $destroyed (alias export $inner "destroyed"))
    (export "destroyed" (func $destroyed)))`

  test.each(['utf8', 'utf16', 'latin1+utf16'])(
    'text crosses from %s to utf16',
    async (encoding) => {
      const instance = instantiate(await loadWat(wat.replaceAll('ENCODING', encoding)))
      for (const text of ['', 'abc', 'é', '\u{1f600} and é', 'x'.repeat(10_000)]) {
        expect(instance.lookup('run').call([text])).toBe(text)
      }
    },
  )

  test('a resource is made, lent and destroyed where it is defined', async () => {
    const instance = instantiate(await loadWat(wat.replaceAll('ENCODING', 'utf8')))
    expect(instance.lookup('use').call([42])).toBe(42)
    expect(instance.lookup('destroyed').call([])).toBe(42)
    expect(() => instance.lookup('forge').call([1])).toThrow(/there is none/)
  })
})
