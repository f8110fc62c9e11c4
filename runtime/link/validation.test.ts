import { beforeAll, describe, expect, test } from 'vitest'
import type { ComponentInstance } from './instance.ts'
import { componentOf, instantiate, load, type Encoding, type Loaded } from './testing/component.ts'
import { REALLOC_WAT } from './testing/echo.ts'

// A guest that hands out any value it is given.
const WIT = `package test:forge;
  interface api {
    enum color { red, green }
    variant shape { point, circle(f32) }
    record item { name: string, count: u8 }
    text: func(pointer: u32, length: u32) -> string;
    numbers: func(pointer: u32, length: u32) -> list<u32>;
    nested: func(pointer: u32, length: u32) -> list<list<u8>>;
    area: func(pointer: u32) -> string;
    letter: func(code: u32) -> char;
    tint: func(code: u32) -> color;
    form: func(tag: u32) -> shape;
    byte: func(core: u32) -> u8;
    signed: func(core: u32) -> s8;
    truth: func(core: u32) -> bool;
    poke: func(at: u32, value: u8);
    place: func(pointer: u32);
    take-text: func(text: string) -> u32;
    take-numbers: func(numbers: list<u32>);
    take-item: func(items: list<item>);
    take-many: func(a: u8, b: color, c: shape, d: tuple<u8, u16>, e: option<char>);
    grow: func(text: string) -> string;
    post: func() -> string;
  }
  interface host { ping: func(); }
  world forge { import host; export api; }`

const pair = (name: string): string => `
  (func (export "test:forge/api#${name}") (param i32 i32) (result i32)
    (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))`
const same = (name: string): string =>
  `(func (export "test:forge/api#${name}") (param i32) (result i32) (local.get 0))`

const WAT = `(module
  (import "test:forge/host" "ping" (func $ping))
  (memory (export "memory") 1)
  (global $forced (mut i32) (i32.const 0))
  ${REALLOC_WAT.replace('(export "cabi_realloc")', '')}
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (if (i32.eq (global.get $forced) (i32.const 0xdead)) (then (call $ping)))
    (if (global.get $forced) (then (return (global.get $forced))))
    (call $realloc (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  ${['text', 'numbers', 'nested'].map(pair).join('\n')}
  ${['area', 'letter', 'tint', 'byte', 'signed', 'truth'].map(same).join('\n')}
  (func (export "test:forge/api#form") (param i32) (result i32)
    (i32.store8 (i32.const 16) (local.get 0)) (i32.const 16))
  (func (export "test:forge/api#poke") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "test:forge/api#place") (param i32) (global.set $forced (local.get 0)))
  (func (export "test:forge/api#take-text") (param i32 i32) (result i32) (local.get 1))
  (func (export "test:forge/api#take-numbers") (param i32 i32))
  (func (export "test:forge/api#take-item") (param i32 i32))
  (func (export "test:forge/api#take-many") (param i32 i32 i32 f32 i32 i32 i32 i32))
  (func (export "test:forge/api#grow") (param i32 i32) (result i32)
    (drop (memory.grow (i32.const 3)))
    (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
  (func (export "test:forge/api#post") (result i32) (i64.store (i32.const 16) (i64.const 0)) (i32.const 16))
  (func (export "cabi_post_test:forge/api#post") (param i32) (call $ping)))`

const loaded = new Map<Encoding, Loaded>()

beforeAll(async () => {
  for (const encoding of ['utf8', 'utf16', 'compact-utf16'] as const) {
    loaded.set(encoding, load(await componentOf(WIT, WAT, encoding)))
  }
}, 60_000)

function fresh(encoding: Encoding = 'utf8'): ComponentInstance {
  const component = loaded.get(encoding)
  if (component === undefined) throw new Error('not loaded')
  return instantiate(component, { 'test:forge/host': { ping() {} } })
}

function call(instance: ComponentInstance, name: string, ...values: unknown[]): unknown {
  return instance.lookup(`test:forge/api#${name}`).call(values)
}

function write(instance: ComponentInstance, at: number, bytes: readonly number[]): void {
  for (const [index, byte] of bytes.entries()) call(instance, 'poke', at + index, byte)
}

describe('lifting traps on', () => {
  const cases: [title: string, name: string, values: unknown[], message: RegExp][] = [
    ['a string beyond the memory', 'text', [65_530, 10], /10 bytes do not fit/],
    ['a string whose end overflows', 'text', [0xffff_ffff, 0xffff_ffff], /too many/],
    ['a misaligned list', 'numbers', [2, 1], /not aligned to 4/],
    ['a list beyond the memory', 'numbers', [65_532, 2], /do not fit/],
    ['a list of too many elements', 'numbers', [0, 0xffff_ffff], /too many/],
    ['a misaligned return area', 'area', [2], /not aligned/],
    ['a return area beyond the memory', 'area', [65_532], /do not fit/],
    ['a char above the last', 'letter', [0x11_0000], /no Unicode scalar/],
    ['a surrogate as char', 'letter', [0xd800], /no Unicode scalar/],
    ['an unknown enum case', 'tint', [2], /no case 2 of 2/],
    ['an unknown variant case', 'form', [255], /no case 255 of 2/],
  ]
  for (const [title, name, values, message] of cases) {
    test(title, () => {
      const instance = fresh()
      expect(() => call(instance, name, ...values)).toThrow(message)
      expect(instance.poisoned).toBe(true)
      expect(() => call(instance, 'byte', 1)).toThrow(
        expect.objectContaining({ code: 'ERR_GUEST_TRAPPED' }),
      )
    })
  }

  test.each([
    ['utf8', [0xc3, 0x28], 2],
    ['utf8', [0xed, 0xa0, 0x80], 3],
    ['utf8', [0x61, 0xff], 2],
    ['utf16', [0x00, 0xd8], 1],
    ['compact-utf16', [0x00, 0xdc], 0x8000_0001],
  ] as const)('an ill-formed %s string', (encoding, bytes, length) => {
    const instance = fresh(encoding)
    write(instance, 64, bytes)
    expect(() => call(instance, 'text', 64, length)).toThrow(/not well-formed/)
  })

  test('lists that share their bytes to become more than the budget', () => {
    const instance = fresh()
    for (let at = 0; at < 4096; at += 8) write(instance, 32_768 + at, [0, 0, 0, 0, 0, 0, 0, 0])
    for (let at = 0; at < 2048; at++) {
      const core = instance.core.find(
        ({ exports }) => exports['memory'] instanceof WebAssembly.Memory,
      )
      const memory = core?.exports['memory'] as WebAssembly.Memory
      new DataView(memory.buffer).setUint32(32_768 + at * 8 + 4, 60_000, true)
    }
    expect(() => call(instance, 'nested', 32_768, 2048)).toThrow(/exceed 67108864 bytes/)
  })
})

describe('lifting accepts', () => {
  test('latin1, which is not windows-1252', () => {
    const instance = fresh('compact-utf16')
    write(instance, 64, [0x80, 0x9f, 0xe9, 0xff])
    expect(call(instance, 'text', 64, 4)).toBe('\u0080\u009f\u00e9\u00ff')
  })

  test('a byte order mark as a character', () => {
    const instance = fresh()
    write(instance, 64, [0xef, 0xbb, 0xbf, 0x61])
    expect(call(instance, 'text', 64, 4)).toBe('\ufeffa')
  })

  test('core values wider than their type, reduced', () => {
    const instance = fresh()
    expect(call(instance, 'byte', 0x1ff)).toBe(255)
    expect(call(instance, 'signed', 0x1ff)).toBe(-1)
    expect(call(instance, 'truth', 2)).toBe(true)
  })

  test('a value in memory that has grown since', () => {
    const instance = fresh()
    expect(call(instance, 'grow', 'é and more than twenty-four bytes')).toBe(
      'é and more than twenty-four bytes',
    )
    expect(call(instance, 'grow', 'again')).toBe('again')
  })
})

describe('lowering', () => {
  test.each([
    [65_535, /do not fit/, 'take-text', 'abc'],
    [0xffff_fff0, /do not fit/, 'take-text', 'abc'],
    [2, /not aligned to 4/, 'take-numbers', new Uint32Array(1)],
  ])('traps when realloc returns %i', (pointer, message, name, value) => {
    const instance = fresh()
    call(instance, 'place', pointer)
    expect(() => call(instance, name, value)).toThrow(message)
    expect(instance.poisoned).toBe(true)
  })

  test('traps when realloc calls out', () => {
    const instance = fresh()
    call(instance, 'place', 0xdead)
    expect(() => call(instance, 'take-text', 'abc')).toThrow(/may not call out/)
  })

  test('traps when post-return calls out', () => {
    expect(() => call(fresh(), 'post')).toThrow(/may not call out/)
  })

  test.each([
    ['utf8', 'a\ud800b', 5],
    ['utf8', '\u{1f600}é', 6],
    ['utf16', '\u{1f600}é', 3],
    ['compact-utf16', 'é', 1],
    ['compact-utf16', 'é\u{1f600}', 0x8000_0003],
  ] as const)('encodes in %s', (encoding, text, length) => {
    expect(call(fresh(encoding), 'take-text', text)).toBe(length)
  })

  test.each([
    [[256, 'red', { tag: 'point' }, [1, 2], 'x'], 'arguments[0]: expected u8, got 256'],
    [[1.5, 'red', { tag: 'point' }, [1, 2], 'x'], 'arguments[0]: expected u8, got 1.5'],
    [
      [1, 'blue', { tag: 'point' }, [1, 2], 'x'],
      'arguments[1]: expected one of "red", "green", got "blue"',
    ],
    [[1, 'red', { tag: 'square' }, [1, 2], 'x'], 'arguments[2].tag: expected variant with tag'],
    [[1, 'red', { tag: 'circle', val: 1n }, [1, 2], 'x'], 'arguments[2].val: expected f32, got 1n'],
    [
      [1, 'red', { tag: 'point' }, [1], 'x'],
      'arguments[3]: expected tuple of 2, got an array of 1',
    ],
    [[1, 'red', { tag: 'point' }, [1, -1], 'x'], 'arguments[3][1]: expected u16, got -1'],
    [[1, 'red', { tag: 'point' }, [1, 1], 'xy'], 'arguments[4]: expected char, got "xy"'],
    [[1, 'red', { tag: 'point' }, [1, 1], '\ud800'], 'arguments[4]: expected char'],
    [[1, 'red', { tag: 'point' }, [1, 1], 'x', 0], 'arguments: expected 5 arguments'],
    [[1, 'red'], 'arguments[2]: expected variant with tag "point", "circle", got undefined'],
  ])('refuses what does not fit and leaves the instance usable: %#', (values, message) => {
    const instance = fresh()
    expect(() => call(instance, 'take-many', ...values)).toThrow(
      expect.objectContaining({
        code: 'ERR_VALUE_MISMATCH',
        message: expect.stringContaining(`Cannot pass ${message}`),
      }),
    )
    expect(call(instance, 'byte', 7)).toBe(7)
  })

  test('names the field of an element of a list', () => {
    expect(() =>
      call(fresh(), 'take-item', [
        { name: 'a', count: 1 },
        { name: 'b', count: 300 },
      ]),
    ).toThrow('Cannot pass arguments[0][1].count: expected u8, got 300')
  })

  test('tells the mark of every range it writes', () => {
    const instance = fresh()
    const [memory] = instance.core.flatMap(({ exports }) =>
      exports['memory'] instanceof WebAssembly.Memory ? [exports['memory']] : [],
    )
    const ranges: [number, number][] = []
    if (memory) instance.onWrite(memory, (pointer, length) => ranges.push([pointer, length]))
    call(instance, 'take-item', [{ name: 'four', count: 1 }])
    expect(ranges).toEqual([
      [1024, 12],
      [1036, 4],
    ])
  })
})
