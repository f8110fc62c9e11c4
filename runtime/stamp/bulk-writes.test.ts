/** Long writes happen in pieces, and have the result of the instruction. @module */
import { beforeAll, describe, expect, it } from 'vitest'
import {
  FUEL_GLOBAL,
  HOOK_MODULE,
  MARK_SLACK_BYTES,
  OUT_OF_FUEL,
  rewriteModule,
  TURN,
} from '../binary/index.ts'
import { FuelMeter } from '../meter/index.ts'
import { callExport, moduleSlot, wat, type ModuleSlot } from './testing/module-slot.ts'
import { random } from './testing/random.ts'

const PAGES = 48
const BYTES = PAGES * 65_536
const PIECE = 262_144
const ROUNDS = 60

const module = (wide: boolean): string => {
  const [type, index] = wide ? ['i64', 'i64 '] : ['i32', '']
  const length = type
  return `(module
    (memory $m (export "m") ${index}${PAGES})
    (memory $o (export "o") ${PAGES})
    (data $d "${Array.from({ length: 600 }, (_, i) => String.fromCharCode(97 + (i % 26))).join('')}")
    (func (export "fill") (param ${type} i32 ${length})
      (memory.fill $m (local.get 0) (local.get 1) (local.get 2)))
    (func (export "copy") (param ${type} ${type} ${length})
      (memory.copy $m $m (local.get 0) (local.get 1) (local.get 2)))
    (func (export "to") (param ${type} i32 i32)
      (memory.copy $m $o (local.get 0) (local.get 1) (local.get 2)))
    (func (export "from") (param i32 ${type} i32)
      (memory.copy $o $m (local.get 0) (local.get 1) (local.get 2)))
    (func (export "init") (param ${type} i32 i32)
      (memory.init $m $d (local.get 0) (local.get 1) (local.get 2))))`
}

const MEMORIES = ['m', 'o'] as const

function bytesOf(instance: WebAssembly.Instance, name: string): Uint8Array {
  const memory = instance.exports[name]
  if (!(memory instanceof WebAssembly.Memory)) throw new TypeError(`Cannot find memory "${name}"`)
  return new Uint8Array(memory.buffer)
}

type Metered = Pick<ModuleSlot, 'instance' | 'meter' | 'call'>

/** A slot that nothing is restored in: memories of 64 bits cannot be. */
function metered(bytes: Uint8Array<ArrayBuffer>): Metered {
  const meter = new FuelMeter()
  const { fuel, out_of_fuel: outOfFuel, turn } = meter.imports
  const hooks = { [FUEL_GLOBAL]: fuel, [OUT_OF_FUEL]: outOfFuel, [TURN]: turn }
  const compiled = new WebAssembly.Module(rewriteModule(bytes, { fuel: true }).bytes)
  const instance = new WebAssembly.Instance(compiled, { [HOOK_MODULE]: hooks })
  return { instance, meter, call: (name, ...values) => callExport(instance, name, values) }
}

describe.for(['32', '64'])('a write to a memory of %s bits', (bits) => {
  const wide = bits === '64'
  const address = (value: number): number | bigint => (wide ? BigInt(value) : value)
  let bytes: Uint8Array<ArrayBuffer>
  beforeAll(async () => {
    bytes = await wat(module(wide))
  })

  /** Twice the same, as it is and rewritten. */
  function pair(marks: boolean): readonly [WebAssembly.Instance, Metered] {
    const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes))
    const slot = marks ? moduleSlot(bytes, { fuel: true, marks, stripData: false }) : metered(bytes)
    for (const name of MEMORIES)
      for (const instance of [plain, slot.instance]) {
        const content = bytesOf(instance, name)
        for (let at = 0; at < content.length; at += 97) content[at] = at % 251
      }
    return [plain, slot]
  }

  // 64-bit memories are copied whole: their stores are not marked.
  it.for(wide ? [false] : [false, true])('is what the instruction does, marks: %s', (marks) => {
    const { below, pick } = random(20_261_129)
    const [plain, slot] = pair(marks)
    const near = (): number => {
      const at = pick([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, BYTES - PIECE, below(BYTES)])
      return Math.max(0, at - pick([0, 0, 1, below(5_000)]))
    }
    const length = (): number =>
      pick([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 77, below(4 * PIECE)])
    for (let round = 0; round < ROUNDS; round++) {
      const name = pick(['fill', 'copy', 'copy', 'to', 'from'] as const)
      const [to, from, count] = [near(), near(), length()]
      const values = {
        fill: [address(to), round, address(count)],
        copy: [address(to), address(from), address(count)],
        to: [address(to), from, count],
        from: [to, address(from), count],
      }[name]
      const isInside = to + count <= BYTES && (name === 'fill' || from + count <= BYTES)
      const [wanted, got] = [callExport(plain, name, values), slot.call(name, ...values)]
      expect(got, `${name} ${to} ${from} ${count}`).toEqual(wanted)
      // A guest that traps is dropped, and its writes with it.
      if (!isInside) {
        for (const memory of MEMORIES) bytesOf(slot.instance, memory).set(bytesOf(plain, memory))
        continue
      }
      for (const memory of MEMORIES)
        expect(Buffer.compare(bytesOf(slot.instance, memory), bytesOf(plain, memory))).toBe(0)
    }
  })

  it('traps where it reaches beyond the end of the address space', () => {
    const [plain, slot] = pair(false)
    const [top, most] = wide ? [-PIECE, -1n] : [-PIECE, -1]
    const cases: readonly [name: string, ...values: unknown[]][] = [
      ['fill', address(top), 1, address(3 * PIECE)],
      ['fill', address(1), 1, most],
      ['copy', address(top), address(0), address(3 * PIECE)],
      ['copy', address(0), address(top), address(3 * PIECE)],
      ['to', address(top), 0, 3 * PIECE],
      ['from', 0, address(top), 3 * PIECE],
      ['init', address(top), 0, 3 * PIECE],
      ['init', address(0), 0, 3 * PIECE],
      ['init', address(0), -PIECE, 3 * PIECE],
    ]
    for (const [name, ...values] of cases) {
      expect(callExport(plain, name, values)).toMatch(/^RuntimeError/)
      expect(slot.call(name, ...values), name).toMatch(/^RuntimeError/)
    }
  })

  it('asks between pieces, and pays as much as in one', () => {
    const [, slot] = pair(false)
    let asked = 0
    slot.meter.begin({ mayContinue: () => ++asked > 0 })
    slot.call('fill', address(0), 1, address(8 * PIECE))
    expect(asked).toBe(7)
    expect(slot.meter.used).toBeGreaterThanOrEqual((8 * PIECE) / 64)
    expect(slot.meter.used).toBeLessThan((8 * PIECE) / 64 + 100)
  })

  it('ends in the middle when the guest may not go on', () => {
    const [, slot] = pair(false)
    let asked = 0
    slot.meter.begin({ mayContinue: () => ++asked < 3 })
    bytesOf(slot.instance, 'm').fill(0)
    expect(slot.call('fill', address(0), 1, address(8 * PIECE))).toMatch(/unreachable/)
    const filled = bytesOf(slot.instance, 'm').indexOf(0)
    expect(filled).toBe(2 * PIECE)
  })

  it('initialises from a segment', () => {
    const [plain, slot] = pair(false)
    for (const [to, from, count] of [
      [0, 0, 600],
      [PIECE - 5, 17, 100],
      [BYTES - 3, 597, 3],
    ] as const) {
      callExport(plain, 'init', [address(to), from, count])
      slot.call('init', address(to), from, count)
    }
    expect(Buffer.compare(bytesOf(slot.instance, 'm'), bytesOf(plain, 'm'))).toBe(0)
  })
})

it('marks all pages that it writes in pieces', async () => {
  const slot = moduleSlot(await wat(module(false)), { fuel: true, marks: true })
  const image = slot.stamper.capture()
  slot.stamper.stamp(image)
  const before = bytesOf(slot.instance, 'm').slice()
  slot.call('fill', 5_000, 7, 3 * PIECE + MARK_SLACK_BYTES)
  slot.call('copy', 100_000, 9, 2 * PIECE)
  slot.stamper.stamp(image)
  expect(Buffer.compare(bytesOf(slot.instance, 'm'), before)).toBe(0)
})
