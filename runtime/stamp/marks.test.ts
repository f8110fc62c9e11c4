/**
 * Every instruction that writes to memory, at offsets and places round the edge of a page: its writes are put back.
 * Each case also runs with its marks erased, and the test must then notice.
 *
 * @module
 */
import { expect, test } from 'vitest'
import { moduleSlot, wat } from './testing/module-slot.ts'

interface Write {
  readonly name: string
  readonly bytes: number
  /** Atomic accesses trap unless aligned. */
  readonly aligned?: boolean
  /** The instruction with `ADDRESS` for its address and `OFFSET` for its offset. */
  readonly text: string
}

const OFFSETS = [0, 3, 8, 240, 252, 256, 4095, 5000]
const EDGE = 8192
const PLACES = Array.from({ length: 20 }, (_, i) => EDGE - 17 + i)

function writes(): Write[] {
  const all: Write[] = []
  const scalar = (name: string, bytes: number, value: string): void => {
    all.push({ name, bytes, text: `(${name} OFFSET ADDRESS ${value})` })
  }
  scalar('i32.store', 4, '(i32.const -1)')
  scalar('i32.store8', 1, '(i32.const -1)')
  scalar('i32.store16', 2, '(i32.const -1)')
  scalar('i64.store', 8, '(i64.const -1)')
  scalar('i64.store8', 1, '(i64.const -1)')
  scalar('i64.store16', 2, '(i64.const -1)')
  scalar('i64.store32', 4, '(i64.const -1)')
  scalar('f32.store', 4, '(f32.const 1.1)')
  scalar('f64.store', 8, '(f64.const 1.1)')
  const vector = '(v128.const i64x2 -1 -1)'
  scalar('v128.store', 16, vector)
  for (const bits of [8, 16, 32, 64])
    all.push({
      name: `v128.store${bits}_lane`,
      bytes: bits / 8,
      text: `(v128.store${bits}_lane OFFSET 0 ADDRESS ${vector})`,
    })
  for (const [type, width, bytes] of [
    ['i32', '', 4],
    ['i64', '', 8],
    ['i32', '8', 1],
    ['i32', '16', 2],
    ['i64', '8', 1],
    ['i64', '16', 2],
    ['i64', '32', 4],
  ] as const) {
    const unsigned = width === '' ? '' : '_u'
    const atomic = (name: string, text: string): void => {
      all.push({ name, bytes, aligned: true, text })
    }
    const store = `${type}.atomic.store${width}`
    atomic(store, `(${store} OFFSET ADDRESS (${type}.const -1))`)
    // The memory holds 0x5a in every byte: each of these changes all of them.
    const pattern = '0x5a5a5a5a5a5a5a5a'.slice(0, 2 + 2 * bytes)
    for (const [operation, value] of [
      ['add', pattern],
      ['sub', '0x0101010101010101'.slice(0, 2 + 2 * bytes)],
      ['and', '0'],
      ['or', '-1'],
      ['xor', '-1'],
      ['xchg', '-1'],
    ] as const) {
      const name = `${type}.atomic.rmw${width}.${operation}${unsigned}`
      atomic(name, `(drop (${name} OFFSET ADDRESS (${type}.const ${value})))`)
    }
    const exchange = `${type}.atomic.rmw${width}.cmpxchg${unsigned}`
    atomic(
      exchange,
      `(drop (${exchange} OFFSET ADDRESS (${type}.const ${pattern}) (${type}.const 0)))`,
    )
  }
  return all
}

const ADDRESSES = ['(local.get 0)', '(i32.add (local.get 0) (i32.const 0))']

test('stamp() puts back what any store wrote at any place', async () => {
  const all = writes()
  const functions: string[] = []
  all.forEach(({ text }, w) =>
    OFFSETS.forEach((offset, o) =>
      ADDRESSES.forEach((address, a) => {
        const body = text.replace('OFFSET', `offset=${offset}`).replace('ADDRESS', address)
        functions.push(`(func (export "${w}.${o}.${a}") (param i32) ${body})`)
      }),
    ),
  )
  const slot = moduleSlot(
    await wat(`(module (memory (export "memory") 1) ${functions.join('\n')})`),
    { marks: true },
  )
  const words = memoryWords(slot.stamper.state.memories[0]?.memory)
  words.fill(0x5a5a5a5a)
  const image = slot.stamper.capture()
  const map = new Uint8Array(slot.stamper.state.memories[0]?.map?.buffer ?? new ArrayBuffer())
  let cases = 0
  let caught = 0
  for (const [w, { bytes, aligned }] of all.entries())
    for (const [o, offset] of OFFSETS.entries())
      for (const a of ADDRESSES.keys())
        for (const place of PLACES) {
          if (aligned && place % bytes !== 0) continue
          const run = (): void => {
            expect(slot.call(`${w}.${o}.${a}`, place - offset)).toBeUndefined()
          }
          run()
          slot.stamper.stamp(image)
          cases++
          if (isDirty(words)) expect.fail(`${all[w]?.name} offset=${offset} at ${place}`)
          run()
          map.fill(0)
          slot.stamper.stamp(image)
          if (isDirty(words)) caught++
          words.fill(0x5a5a5a5a)
        }
  expect(cases).toBeGreaterThan(8000)
  expect(caught).toBe(cases)
}, 30_000)

test('stamp() puts back what was written to one memory where another was written to before', async () => {
  const all = writes()
  const functions = all.flatMap(({ text }, w) => {
    const at = (memory: string): string =>
      text.replace('OFFSET', `${memory} offset=8`).replace('ADDRESS', '(local.get 0)')
    return [
      `(func (export "${w}.ab") (param i32) ${at('$a')} ${at('$b')})`,
      `(func (export "${w}.ba") (param i32) ${at('$b')} ${at('$a')})`,
    ]
  })
  const slot = moduleSlot(
    await wat(`(module (memory $a 1) (memory $b 1) ${functions.join('\n')})`),
    {
      marks: true,
    },
  )
  const memories = slot.stamper.state.memories.map(({ memory }) => memoryWords(memory))
  for (const words of memories) words.fill(0x5a5a5a5a)
  const image = slot.stamper.capture()
  for (const [w, { name }] of all.entries())
    for (const order of ['ab', 'ba']) {
      expect(slot.call(`${w}.${order}`, EDGE)).toBeUndefined()
      expect(memories.map(isDirty)).toEqual([true, true])
      slot.stamper.stamp(image)
      if (memories.some(isDirty)) expect.fail(`${name}, ${order}`)
    }
})

test('stamp() puts back what bulk instructions wrote', async () => {
  const slot = moduleSlot(
    await wat(`(module (memory (export "memory") 1)
      (data $d "${'x'.repeat(9000)}")
      (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 1) (local.get 1)))
      (func (export "copy") (param i32 i32) (memory.copy (local.get 0) (i32.const 40000) (local.get 1)))
      (func (export "init") (param i32 i32) (memory.init $d (local.get 0) (i32.const 0) (local.get 1))))`),
    { marks: true },
  )
  const words = memoryWords(slot.stamper.state.memories[0]?.memory)
  const bytes = new Uint8Array(words.buffer)
  words.fill(0x5a5a5a5a)
  bytes.fill(7, 40_000, 50_000)
  const image = slot.stamper.capture()
  const before = words.slice()
  const differs = (): boolean => words.some((word, i) => word !== before[i])
  const map = new Uint8Array(slot.stamper.state.memories[0]?.map?.buffer ?? new ArrayBuffer())
  for (const name of ['fill', 'copy', 'init'])
    for (const place of PLACES)
      for (const length of [0, 1, 17, 255, 4096, 4097, 8200]) {
        expect(slot.call(name, place, length)).toBeUndefined()
        expect(differs()).toBe(length > 0)
        slot.stamper.stamp(image)
        expect(differs()).toBe(false)
        slot.call(name, place, length)
        map.fill(0)
        slot.stamper.stamp(image)
        expect(differs()).toBe(length > 0)
        words.set(before)
      }
})

function memoryWords(memory: WebAssembly.Memory | undefined): Uint32Array {
  return new Uint32Array(memory?.buffer ?? new ArrayBuffer())
}

function isDirty(words: Uint32Array): boolean {
  // Nothing here writes beyond the first five pages.
  for (let i = 0; i < 5 * 1024; i++) if (words[i] !== 0x5a5a5a5a) return true
  return false
}
