/**
 * An instruction whose work grows with an operand or a type has a cost that grows in proportion.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import { INSTRUCTIONS } from '../binary/index.ts'
import { moduleSlot, wat } from './testing/module-slot.ts'

const LITTLE = 4
const MUCH = 1000

/** Code that does work of size `n`, in the module that `declares` makes for that size. */
interface Work {
  readonly declares?: (n: number) => string
  readonly does: (n: number) => string
  /** Units of fuel that one more must cost, at least. */
  readonly each: number
  /** How much is tested. @default 1000 */
  readonly much?: number
}

const MEMORY = '(memory 2) (data $d "0123456789abcdef")'
const TABLES = `(table $t 2000 funcref) (table $u 2000 funcref) (func $f) (elem $e func ${'$f '.repeat(MUCH)})`
const ARRAYS = `(type $array (array (mut i8))) (type $functions (array (mut funcref))) (func $f)
  (global $a (ref $array) (array.new_default $array (i32.const 2000)))
  (global $b (ref $functions) (array.new_default $functions (i32.const 2000)))
  (data $d "${'x'.repeat(MUCH)}") (elem $e func ${'$f '.repeat(MUCH)})`

const n = (count: number): string => `(i32.const ${count})`
const FROM = '(i32.const 0)'
const values = (count: number, value: string): string => `${value} `.repeat(count)

const on = (declares: string, does: Work['does'], each: number): Work => ({
  declares: () => declares,
  does,
  each,
})
const memory = (does: Work['does']): Work => ({ ...on(MEMORY, does, 1 / 64), much: 60_000 })
const table = (does: Work['does']): Work => on(TABLES, does, 4)
const array = (does: Work['does']): Work => on(ARRAYS, does, 1 / 4)
const struct = (does: Work['does']): Work => ({
  declares: (count) => `(type $struct (struct ${values(count, '(field i64)')}))`,
  does,
  each: 1 / 2,
})

const WORK: Readonly<Record<string, Work>> = {
  'memory.init': { ...memory((c) => `(memory.init $d ${FROM} ${FROM} ${n(c)})`), much: 16 },
  'memory.copy': memory((c) => `(memory.copy ${FROM} (i32.const 9) ${n(c)})`),
  'memory.fill': memory((c) => `(memory.fill ${FROM} ${FROM} ${n(c)})`),
  'table.init': table((c) => `(table.init $t $e ${FROM} ${FROM} ${n(c)})`),
  'table.copy': table((c) => `(table.copy $t $u ${FROM} ${FROM} ${n(c)})`),
  'table.fill': table((c) => `(table.fill $t ${FROM} (ref.null func) ${n(c)})`),
  'table.grow': on(TABLES, (c) => `(drop (table.grow $t (ref.null func) ${n(c)}))`, 16),
  'array.fill': array((c) => `(array.fill $array (global.get $a) ${FROM} ${FROM} ${n(c)})`),
  'array.copy': array(
    (c) => `(array.copy $array $array (global.get $a) ${FROM} (global.get $a) ${FROM} ${n(c)})`,
  ),
  'array.init_data': array(
    (c) => `(array.init_data $array $d (global.get $a) ${FROM} ${FROM} ${n(c)})`,
  ),
  'array.init_elem': array(
    (c) => `(array.init_elem $functions $e (global.get $b) ${FROM} ${FROM} ${n(c)})`,
  ),
  'struct.new': struct((c) => `(drop (struct.new $struct ${values(c, '(i64.const 1)')}))`),
  'struct.new_default': struct(() => '(drop (struct.new_default $struct))'),
  'array.new': on(ARRAYS, (c) => `(drop (array.new $array ${FROM} ${n(c)}))`, 1 / 16),
  'array.new_default': on(ARRAYS, (c) => `(drop (array.new_default $array ${n(c)}))`, 1 / 16),
  'array.new_fixed': on(
    ARRAYS,
    (c) => `(drop (array.new_fixed $array ${c} ${values(c, FROM)}))`,
    1 / 16,
  ),
  'array.new_data': on(ARRAYS, (c) => `(drop (array.new_data $array $d ${FROM} ${n(c)}))`, 1 / 16),
  'array.new_elem': on(
    ARRAYS,
    (c) => `(drop (array.new_elem $functions $e ${FROM} ${n(c)}))`,
    1 / 2,
  ),
  throw: {
    declares: (count) => `(tag $t (param ${values(count, 'i64')}))`,
    does: (count) =>
      `(block $h (try_table (catch_all $h) (throw $t ${values(count, '(i64.const 1)')})))`,
    each: 20,
    much: 16,
  },
  throw_ref: {
    declares: () => '(tag $t)',
    does: (count) =>
      values(
        count,
        `(block $h (try_table (catch_all $h)
          (throw_ref (block $e (result exnref) (try_table (catch_all_ref $e) (throw $t)) unreachable))))`,
      ),
    each: 400,
    much: 9,
  },
  rethrow: {
    declares: () => '(tag $t)',
    does: (count) => values(count, 'try try throw $t catch_all rethrow 0 end catch_all end'),
    each: 400,
    much: 9,
  },
}

/** Instructions that are charged by the amount of their work. */
const CHARGED = INSTRUCTIONS.filter(
  ({ rule }) => rule.verdict === 'charged' && rule.by.some((each) => each !== 'memory'),
).map(({ name }) => name)

async function fuelOf({ declares = () => '', does }: Work, count: number): Promise<number> {
  const text = `(module ${declares(count)} (func (export "run") ${does(count)}))`
  const { call, meter } = moduleSlot(await wat(text), { fuel: true, undoGrowth: true })
  meter.begin()
  expect(call('run')).toBe(undefined)
  return meter.used
}

it('there is work for every instruction that is charged by what it does', () => {
  expect(Object.keys(WORK).toSorted()).toEqual(CHARGED.toSorted())
})

describe('the fuel of', () => {
  it.for(CHARGED)('%s grows with what it does', async (name) => {
    const work = WORK[name]
    if (work === undefined) throw new TypeError(`Cannot test ${name}: no work`)
    const { much = MUCH, each } = work
    const more = (await fuelOf(work, much)) - (await fuelOf(work, LITTLE))
    expect(more).toBeGreaterThanOrEqual(Math.floor((much - LITTLE) * each) - 1)
  })

  it('a length that can only trap is not less than nothing', async () => {
    const text = `(module ${TABLES}
      (func (export "fill") (param i32) (table.fill $t ${FROM} (ref.null func) (local.get 0)))
      (func (export "grow") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))`
    const { call, meter } = moduleSlot(await wat(text), { fuel: true, undoGrowth: true })
    for (const length of [-1, 0x4000_0000, 0x2000_0000, 0x1000_0000, 0x0fff_ffff]) {
      for (const name of ['fill', 'grow']) {
        meter.begin()
        call(name, length)
        expect(meter.used).toBeGreaterThanOrEqual(0)
      }
    }
  })
})
