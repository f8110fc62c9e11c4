/**
 * What a guest changed, taken at any point of any program, makes any other slot equal to its own, byte for byte.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import { BLOCK_SHIFT } from '../binary/index.ts'
import type { Difference } from './difference.ts'
import { differences } from './differences.ts'
import type { Image } from './image.ts'
import { PageStore } from './page-store.ts'
import { callExport, moduleSlot, wat, type ModuleSlot } from './testing/module-slot.ts'
import { random } from './testing/random.ts'
import { randomProgram } from './testing/random-program.ts'

const PROGRAMS = process.env['MAYFLY_SOAK'] === undefined ? 120 : 5_000
const TIMEOUT_MS = 1_000 * PROGRAMS
/** Fuel checks a program is looked at: a few, so that there are points early and late. */
const POINTS = 12
const FUEL_SLICE = 40

type Bytes = Uint8Array<ArrayBuffer>

/** A wrong way to move state, for a test that must notice. */
interface Mistakes {
  taken?: (difference: Difference, from: ModuleSlot) => Difference
  applied?: (to: ModuleSlot) => void
}

interface Pair {
  readonly from: ModuleSlot
  readonly to: ModuleSlot
  readonly image: Image
}

function pair(bytes: Bytes, fromMarks: boolean, toMarks: boolean): Pair {
  const store = new PageStore()
  const options = { fuel: true, undoGrowth: true, store, fuelSlice: FUEL_SLICE }
  const from = moduleSlot(bytes, { ...options, marks: fromMarks })
  const to = moduleSlot(bytes, { ...options, marks: toMarks })
  return { from, to, image: from.stamper.capture() }
}

/** What is wrong in `to` after the state of `from` has moved there; nothing when all is right. */
function wrongAfterMove({ from, to, image }: Pair, mistakes: Mistakes): string | undefined {
  const taken = from.stamper.difference()
  if (taken === undefined) return 'there is no difference'
  if (to.stamper.stamp(image) === 'discard') return 'the other slot cannot be stamped'
  to.stamper.apply(mistakes.taken?.(taken, from) ?? taken)
  mistakes.applied?.(to)
  const wrong = firstWrong(from, to)
  if (wrong !== undefined) return wrong
  if (to.stamper.stamp(image) === 'discard') return 'the other slot cannot be stamped again'
  return differences(to.stamper.state, image, to.store)[0]
}

/** Compares everything, marked or not. Memory that `to` has beyond what the guest sees must be zeros. */
function firstWrong(from: ModuleSlot, to: ModuleSlot): string | undefined {
  for (const [i, { memory, size }] of from.stamper.state.memories.entries()) {
    const other = to.stamper.state.memories[i]
    const seen = Number(size?.value) * 65_536
    if (other?.size?.value !== size?.value)
      return `memory ${i}: ${String(other?.size?.value)} pages`
    const theirs = new Uint8Array(other?.memory.buffer ?? new ArrayBuffer(0))
    const mine = new Uint8Array(memory.buffer)
    if (Buffer.compare(mine.subarray(0, seen), theirs.subarray(0, seen)) !== 0)
      return `memory ${i}: byte ${mine.findIndex((byte, at) => byte !== theirs[at])}`
    if (theirs.subarray(seen).some((byte) => byte !== 0)) return `memory ${i}: not zero at the end`
  }
  for (const [i, { value }] of from.stamper.state.globals.entries())
    if (!Object.is(value, to.stamper.state.globals[i]?.value)) return `global ${i}`
  return from.room.value === to.room.value ? undefined : 'room'
}

/** So that the tests know that they looked at something. */
const moved = { programs: 0, points: 0 }

/** Runs the program and moves its state at every point. The other slot has served something else before each. */
function firstWrongMove(bytes: Bytes, seed: number, mistakes: Mistakes): string | undefined {
  const { below } = random(seed)
  const both = pair(bytes, below(2) === 0, below(2) === 0)
  let wrong: string | undefined
  let point = 0
  moved.programs++
  const skip = 1 + below(3)
  both.from.meter.begin({
    mayContinue() {
      if (wrong !== undefined || point++ >= POINTS || point % skip !== 0) return true
      both.to.meter.begin()
      both.to.call('run', seed * 31 + point)
      wrong = wrongAfterMove(both, mistakes)
      moved.points++
      return true
    },
  })
  both.from.call('run', seed * 77)
  return wrong ?? wrongAfterMove(both, mistakes)
}

async function programs(): Promise<Bytes[]> {
  const all: Bytes[] = []
  for (let seed = 1; seed <= PROGRAMS; seed++)
    all.push(await wat(randomProgram(seed, { grows: true })))
  return all
}

describe('Stamper.difference(), applied elsewhere at any point of random programs,', () => {
  const all = programs()
  const find = async (mistakes: Mistakes = {}): Promise<string | undefined> => {
    for (const [index, bytes] of (await all).entries()) {
      const wrong = firstWrongMove(bytes, index + 1, mistakes)
      if (wrong !== undefined) return `seed ${index + 1}: ${wrong}`
    }
    return undefined
  }

  it('makes another slot equal, which its next stamp undoes', { timeout: TIMEOUT_MS }, async () =>
    expect(await find()).toBeUndefined(),
  )

  it.for<[string, Mistakes]>([
    ['the last stretch is lost', { taken: withoutLastStretch }],
    ['the bytes after marked pages are lost', { taken: withoutSlack }],
    ['pages that were grown are lost', { taken: withoutGrowth }],
    ['globals are lost', { taken: (each) => ({ ...each, globals: each.globals.map(() => 0) }) }],
    ['the allocation is lost', { taken: (each) => ({ ...each, room: each.room + 1 }) }],
    ['the pages written there are not marked', { applied: withoutMarks }],
  ])('is found out when %s', { timeout: TIMEOUT_MS }, async ([, mistakes]) =>
    expect(await find(mistakes)).toBeDefined(),
  )
})

function withoutLastStretch(each: Difference): Difference {
  return {
    ...each,
    memories: each.memories.map(({ pages, stretches }) => ({
      pages,
      stretches: stretches.map((bytes) =>
        keep(bytes, (_, at, length) => at + length < bytes.length),
      ),
    })),
  }
}

/** As if only marked blocks were compared. */
function withoutSlack(each: Difference, { stamper }: ModuleSlot): Difference {
  const { memories } = stamper.state
  return {
    ...each,
    memories: each.memories.map(({ pages, stretches }, i) => {
      const map = memories[i]?.map
      if (map === undefined) return { pages, stretches }
      const marks = new Uint8Array(map.buffer)
      return {
        pages,
        stretches: stretches.map((bytes) =>
          keep(bytes, (address) => marks[address >>> BLOCK_SHIFT] !== 0),
        ),
      }
    }),
  }
}

function withoutGrowth(each: Difference): Difference {
  return {
    ...each,
    memories: each.memories.map(({ pages, stretches }) => ({
      pages,
      stretches: stretches.map((bytes) => keep(bytes, (address) => address < 5 * 65_536)),
    })),
  }
}

function withoutMarks({ stamper }: ModuleSlot): void {
  for (const { map } of stamper.state.memories)
    if (map !== undefined) new Uint8Array(map.buffer).fill(0)
}

/** The stretches that `filter` lets through, by their address, where they lie and how long they are. */
function keep(
  bytes: Bytes,
  filter: (address: number, at: number, length: number) => boolean,
): Bytes {
  const view = new DataView(bytes.buffer)
  const kept: number[] = []
  for (let at = 0; at < bytes.length;) {
    const length = 8 + view.getUint32(at + 4, true)
    if (filter(view.getUint32(at, true), at, length)) kept.push(...bytes.subarray(at, at + length))
    at += length
  }
  return new Uint8Array(kept)
}

const STATE = `(module (memory (export "memory") 1 100)
  (global $i (mut i32) (i32.const 1)) (global $l (mut i64) (i64.const 2))
  (global $f (mut f32) (f32.const 3)) (global $d (mut f64) (f64.const 4))
  (global $r (mut funcref) (ref.null func)) (func $one) (elem declare func $one)
  (func (export "change") (param i32)
    (i32.store (local.get 0) (i32.const -1)) (global.set $i (local.get 0)) (global.set $l (i64.const -2))
    (global.set $f (f32.const nan:0x200001)) (global.set $d (f64.const nan:0x4000000000001)))
  (func (export "refer") (global.set $r (ref.func $one)))
  (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 7) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`

describe('Stamper.difference()', () => {
  it.for<[boolean, boolean]>([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('moves globals of each type, marks %s to %s', async ([fromMarks, toMarks]) => {
    const both = pair(await wat(STATE), fromMarks, toMarks)
    both.from.call('change', 5000)
    expect(wrongAfterMove(both, {})).toBeUndefined()
    expect(firstWrong(both.from, both.to)).toBeDefined()
  })

  it('has more than fits into the scratch area of the store', async () => {
    for (const marks of [true, false]) {
      const both = pair(await wat(STATE), marks, marks)
      callExport(both.from.instance, 'grow', [60])
      callExport(both.from.instance, 'fill', [4_000, 60 * 65_536])
      const taken = both.from.stamper.difference()
      expect(taken?.bytes).toBeGreaterThan(60 * 65_536)
      expect(taken?.memories[0]?.stretches.length).toBeGreaterThan(10)
      expect(wrongAfterMove(both, {})).toBeUndefined()
    }
  })

  it('is refused when it takes more than it may', async () => {
    const { from } = pair(await wat(STATE), true, true)
    from.call('fill', 0, 65_536)
    const bytes = from.stamper.difference()?.bytes ?? 0
    expect(from.stamper.difference(bytes)).toBeDefined()
    expect(from.stamper.difference(bytes - 1)).toBeUndefined()
    expect(from.stamper.difference(10_000)).toBeUndefined()
  })

  it('takes no more than the bytes that differ, and leaves state and marks alone', async () => {
    const { from, image } = pair(await wat(STATE), true, true)
    from.call('change', 5000)
    const before = differences(from.stamper.state, image, from.store)
    expect(from.stamper.difference()?.bytes).toBeLessThan(1_000)
    expect(differences(from.stamper.state, image, from.store)).toEqual(before)
    expect(from.stamper.stamp(image)).toBe('stamped')
    expect(differences(from.stamper.state, image, from.store)).toEqual([])
  })

  it('is refused, by name, when a global refers to a function of the slot', async () => {
    const { from } = pair(await wat(STATE), true, true)
    expect(from.stamper.immovable).toBeUndefined()
    from.call('refer')
    expect(from.stamper.immovable).toBe('a global of it refers to a function of its slot')
    expect(() => from.stamper.difference()).toThrow(/a global of it refers to a function/)
  })

  it('is refused, by name, when its layout is another', async () => {
    const { from, to, image } = pair(await wat(STATE), true, true)
    const other = moduleSlot(await wat('(module (memory 1) (global (mut i64) (i64.const 0)))'), {
      undoGrowth: true,
      store: from.store,
    })
    const taken = from.stamper.difference()
    if (taken === undefined) throw new TypeError()
    expect(taken.layout).toBe('v1 #0 1×i32 1×i64 1×f32 1×f64 1×reference 1×sized memory')
    expect(to.stamper.state.layout).toBe(taken.layout)
    other.stamper.capture()
    expect(() => other.stamper.apply(taken)).toThrow(
      'the layout of its state is "v1 #0 1×i32 1×i64 1×f32 1×f64 1×reference 1×sized memory", that of the slot is "v1 #0 1×i64 1×sized memory"',
    )
    expect(() => other.stamper.stamp(image)).toThrow(/Cannot restore image: the layout/)
  })

  it('marks what a forged stretch writes, and leaves memory out of bounds alone', async () => {
    const { from, to, image } = pair(await wat(STATE), true, true)
    to.stamper.stamp(image)
    const taken = from.stamper.difference()
    if (taken === undefined) throw new TypeError()
    const forged = (address: number, length: number): Difference => {
      const bytes = new Uint8Array(8 + length).fill(9)
      new Uint32Array(bytes.buffer, 0, 2).set([address, length])
      return { ...taken, memories: [{ pages: 16, stretches: [bytes] }] }
    }
    to.stamper.apply(forged(4_000, 12_000))
    expect(differences(to.stamper.state, image, to.store)).toHaveLength(4)
    to.stamper.stamp(image)
    expect(differences(to.stamper.state, image, to.store)).toEqual([])
    expect(() => to.stamper.apply(forged(60_000, 8_000))).toThrow(WebAssembly.RuntimeError)
  })
})

describe('Stamper.capture()', () => {
  it('from marked pages is the image of all pages', { timeout: TIMEOUT_MS }, async () => {
    for (const [index, bytes] of (await programs()).slice(0, 40).entries()) {
      const store = new PageStore()
      const options = { fuel: true, undoGrowth: true, store }
      const slots = [true, false].map((marks) => moduleSlot(bytes, { ...options, marks }))
      const numbers = slots.map(({ stamper, meter, call }) => {
        stamper.capture()
        for (const round of [1, 2]) {
          meter.begin()
          call('run', index * 77 + round)
          if (round === 1) stamper.capture()
        }
        return stamper.capture().memories.map((each) => [...each.numbers])
      })
      expect(numbers[0], `seed ${index + 1}`).toEqual(numbers[1])
    }
  })
})
