/**
 * A function that can hold exceptions behaves as before it was rewritten. However the guest leaves it, it gives
 * back all that it was charged for exceptions.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import { callExport, moduleSlot, wat } from './testing/module-slot.ts'

const CATCH = `(block $caught (result exnref)
  (try_table (catch_all_ref $caught) (throw $t (i32.const 3))) unreachable)`
const DECLARES = '(tag $t (param i32)) (table $f 4 funcref)'

/** Bodies of `run`, with its parameter `$n` and an exception in `$e`. */
const PROGRAMS: readonly (readonly [string, string, functions?: string])[] = [
  ['runs to its end', '(i32.add (local.get $n) (ref.is_null (local.get $e)))'],
  ['returns', '(return (i32.mul (local.get $n) (i32.const 7)))'],
  [
    'returns from within blocks',
    '(block (loop (if (local.get $n) (then (return (i32.const 5)))))) (i32.const 6)',
  ],
  ['branches to its own label', '(block (br 1 (i32.const 8))) (i32.const 9)'],
  ['branches there on a condition', '(block (result i32) (br_if 1 (i32.const 4) (local.get $n)))'],
  [
    'branches there by a table',
    '(block $a (result i32) (br_table $a 1 (i32.const 11) (local.get $n))) (i32.const 100) (i32.add)',
  ],
  ['is left by an exception', '(throw $t (local.get $n))'],
  ['throws on what it holds', '(throw_ref (local.get $e))'],
  ['calls a function instead of returning', '(return_call $other (local.get $n))'],
  [
    'calls itself',
    '(if (result i32) (local.get $n) (then (i32.add (i32.const 1) (call $run (i32.sub (local.get $n) (i32.const 1))))) (else (i32.const 0)))',
  ],
  [
    'calls itself instead of returning',
    '(if (result i32) (local.get $n) (then (return_call $run (i32.sub (local.get $n) (i32.const 1)))) (else (i32.const 1)))',
  ],
  [
    'catches what a callee throws',
    '(block $h (result i32) (try_table (result i32) (catch $t $h) (call $fails (local.get $n))))',
  ],
  ['returns two values', '(call $two (local.get $n)) (i32.sub)'],
  ['passes an exception on', '(call $takes (local.get $n) (local.get $e))'],
  [
    'loops without a call',
    '(local.set $s (i32.const 0)) (loop $l (local.set $s (i32.add (local.get $s) (i32.const 3))) (br_if $l (i32.lt_u (local.get $s) (i32.const 30000)))) (local.get $s)',
  ],
]

const OTHERS = `
  (func $other (param i32) (result i32) (local exnref) (local.set 1 ${CATCH})
    (i32.mul (local.get 0) (i32.const 100)))
  (func $fails (param i32) (result i32) (local exnref) (local.set 1 ${CATCH}) (throw $t (local.get 0)))
  (func $two (param $n i32) (result i32 i32) (local $e exnref) (local.set $e ${CATCH})
    (if (i32.gt_u (local.get $n) (i32.const 2)) (then (return (i32.const 1) (local.get $n))))
    (local.get $n) (i32.const 40))
  (func $takes (param $n i32) (param $e exnref) (result i32)
    (if (result i32) (local.get $n)
      (then (call $takes (i32.sub (local.get $n) (i32.const 1)) (local.get $e)))
      (else (ref.is_null (local.get $e)))))`

const module = (body: string): string => `(module ${DECLARES} ${OTHERS}
  (func $run (export "run") (param $n i32) (result i32) (local $e exnref) (local $s i32)
    (local.set $e ${CATCH}) ${body}))`

/** The same in the older instructions, which have no references to exceptions. */
const LEGACY: readonly (readonly [string, string])[] = [
  ['runs to its end', 'try (result i32) i32.const 3 throw $t catch $t local.get $n i32.add end'],
  ['returns from its handler', 'try i32.const 3 throw $t catch $t return end i32.const 1'],
  ['rethrows', 'try (result i32) local.get $n throw $t catch $t drop rethrow 0 end'],
  [
    'passes an exception on to its caller',
    'try (result i32) try (result i32) local.get $n throw $t delegate 1 catch_all i32.const 6 end',
  ],
  [
    'calls itself from its handler',
    `try (result i32) local.get $n throw $t catch $t drop local.get $n
     if (result i32) local.get $n i32.const 1 i32.sub call $run i32.const 1 i32.add else i32.const 0 end end`,
  ],
  ['branches to its own label', 'try i32.const 3 throw $t catch $t br 1 end i32.const 4'],
]

const legacyModule = (body: string): string => `(module (tag $t (param i32))
  (func $run (export "run") (param $n i32) (result i32) ${body}))`

async function compare(text: string): Promise<void> {
  const bytes = await wat(text)
  const original = new WebAssembly.Instance(new WebAssembly.Module(bytes))
  for (const marks of [false, true]) {
    const slot = moduleSlot(bytes, { fuel: true, marks, undoGrowth: true })
    const before = slot.room.value
    for (const n of [0, 1, 2, 3, 10]) {
      expect([n, slot.call('run', n)]).toEqual([n, callExport(original, 'run', [n])])
      expect(slot.room.value).toBe(before)
    }
  }
}

describe('a function that holds an exception and', () => {
  it.for(PROGRAMS)('%s', ([, body]) => compare(module(body)))
})

describe('a function that has caught an exception in the older way and', () => {
  it.for(LEGACY)('%s', ([, body]) => compare(legacyModule(body)))
})

describe('what a function is charged for exceptions', () => {
  it('grows with those it can hold, and is nothing for one that holds none', async () => {
    const spent = async (locals: number, body: string): Promise<number> => {
      const text = `(module (tag $t (param i32)) (import "" "look" (func $look))
        (func (export "run") (local ${'exnref '.repeat(locals)}) ${body} (call $look)))`
      let left = 0
      const slot = moduleSlot(await wat(text), {
        fuel: true,
        undoGrowth: true,
        imports: { '': { look: () => void (left = slot.room.value) } },
      })
      const before = slot.room.value
      slot.call('run')
      return before - left
    }
    const plain =
      '(block $h (result i32) (try_table (catch $t $h) (throw $t (i32.const 1))) (i32.const 0)) (drop)'
    expect(await spent(0, plain)).toBe(0)
    const one = await spent(1, '')
    expect(one).toBeGreaterThan(0)
    expect(await spent(5, '')).toBe(5 * one)
    expect(await spent(0, `(drop ${CATCH})`)).toBe(one)
  })

  it('is given back each time', async () => {
    const text = `(module (tag $t (param i32))
      (func $once (local exnref) (local.set 0 ${CATCH}) (throw_ref (local.get 0)))
      (func (export "run") (param $n i32) (result i32)
        (loop $more
          (block $h (try_table (catch_all $h) (call $once)))
          (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $n)))`
    const slot = moduleSlot(await wat(text), { fuel: true, undoGrowth: true })
    const before = slot.room.value
    expect(slot.call('run', 5_000)).toBe(0)
    expect(slot.room.value).toBe(before)
  })
})
