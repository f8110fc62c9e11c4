/**
 * Stores that look as if an earlier one had marked their page, on a path where it had not.
 *
 * @module
 */
import { expect, test } from 'vitest'
import { differences } from './differences.ts'
import { moduleSlot, wat } from './testing/module-slot.ts'

const STORE = '(i32.store (local.get $a) (i32.const -1))'
const NEXT = '(local.set $a (i32.add (local.get $a) (i32.const 8192)))'

/** `$c` is 0 or 1. Each body is run with both. */
const BODIES: Record<string, string> = {
  'a branch over the first store': `(block (br_if 0 (local.get $c)) ${STORE}) ${STORE}`,
  'a branch table over it': `(block (block (br_table 0 1 (local.get $c))) ${STORE}) ${STORE}`,
  'one arm of an if': `(if (local.get $c) (then ${STORE})) ${STORE}`,
  'the other arm of an if': `(if (local.get $c) (then ${STORE}) (else (nop))) ${STORE}`,
  'both arms of an if': `(if (local.get $c) (then ${STORE}) (else ${STORE})) ${STORE}`,
  'an assignment after it': `${STORE} ${NEXT} ${STORE}`,
  'an assignment in one arm': `${STORE} (if (local.get $c) (then ${NEXT})) ${STORE}`,
  'a copy in one arm': `(local.set $b (i32.add (local.get $a) (i32.const 8192)))
    (i32.store (local.get $b) (i32.const -1))
    (if (local.get $c) (then (local.set $a (local.get $b)))) ${STORE}`,
  'an assignment that is branched over': `${STORE} (block (br_if 0 (local.get $c)) ${NEXT}) ${STORE}`,
  'an assignment in a loop': `${STORE} (local.set $n (i32.const 3)) (loop ${STORE} ${NEXT}
    (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) ${STORE}`,
  'an assignment between a read and its use': `(local.get $a) ${STORE} ${NEXT} (i32.const -1)
    (i32.store) ${STORE}`,
  'a copy': `(local.set $b (local.get $a)) ${NEXT} ${STORE}
    (i32.store (local.get $b) (i32.const -1))`,
  'a loop left early': `(block $out (loop (br_if $out (local.get $c)) ${STORE})) ${STORE}`,
  'a handler': `(block $h (try_table (catch_all $h) (if (local.get $c) (then (throw $e))) ${STORE}))
    ${STORE}`,
  'an assignment before a throw': `${STORE} (block $h (try_table (catch_all $h) ${NEXT}
    (if (local.get $c) (then (throw $e))))) ${STORE}`,
  'code that is not reached': `(block (br 0) ${STORE}) ${STORE}`,
  'a loop after which it is assigned': `(loop ${STORE}
    (br_if 0 (i32.eqz (local.tee $n (i32.add (local.get $n) (i32.const 1)))))) ${NEXT} ${STORE}`,
  'an assignment at the end of a loop': `(local.set $n (i32.const 3)) ${STORE} (loop
    (i32.store offset=4 (local.get $a) (i32.const -1)) ${NEXT}
    (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))`,
  'an assignment in an inner loop': `(local.set $n (i32.const 3)) (loop (loop ${STORE})
    ${STORE} (loop ${NEXT}) (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))`,
  'a sum within what the mark covers': `(i32.store offset=8 (local.get $a) (i32.const -1))
    (local.set $b (i32.add (local.get $a) (i32.const 244)))
    (i32.store offset=8 (local.get $b) (i32.const -1))`,
  'a sum beyond what the mark covers': `${STORE}
    (local.set $b (i32.add (local.get $a) (i32.const 253)))
    (i32.store (local.get $b) (i32.const -1))
    (i32.store (i32.add (i32.const 4096) (local.get $a)) (i32.const -1))`,
  'a difference': `(i32.store offset=16 (local.get $a) (i32.const -1))
    (i32.store (i32.sub (i32.add (local.get $a) (i32.const 16)) (i32.const 8)) (i32.const -1))
    (i32.store (i32.add (local.get $a) (i32.const 5000)) (i32.const -1))
    (i32.store (i32.sub (i32.add (local.get $a) (i32.const 5000)) (i32.const 4)) (i32.const -1))
    (i32.store (i32.add (i32.add (local.get $a) (i32.const 9000)) (i32.const -4000)) (i32.const -1))`,
  'a constant minus it': `(i32.store (i32.add (local.get $a) (i32.const 20000)) (i32.const -1))
    (i32.store (i32.sub (i32.const 20000) (local.get $a)) (i32.const -1))`,
  'a step back over the edge of a page': `(local.set $b (i32.add (local.get $a) (i32.const 4096)))
    (i32.store (local.get $b) (i32.const -1))
    (i32.store (i32.sub (local.get $b) (i32.const 100)) (i32.const -1))`,
  'an offset just beyond what the mark covers': `${STORE}
    (i32.store offset=256 (local.get $a) (i32.const -1))`,
  'a sum with itself': `${STORE} (i32.store (i32.add (local.get $a) (local.get $a)) (i32.const -1))`,
  constants: `(i32.store (i32.const 8190) (i32.const -1)) (i32.store (i32.const 8400) (i32.const -1))
    (i32.store (i32.const 8700) (i32.const -1)) (i32.store (i32.const 4000) (i32.const -1))
    (i32.store (i32.const 70000) (i32.const -1))`,
  'a constant in one arm': `(if (local.get $c) (then (i32.store (i32.const 300) (i32.const -1))))
    (i32.store (i32.const 304) (i32.const -1))`,
  'many places from one address': `${Array.from({ length: 20 }, (_, i) => `(i32.store offset=${i * 1000} (local.get $a) (i32.const -1))`).join('')}
    (i32.store offset=19004 (local.get $a) (i32.const -1))`,
  'a mark farther on between': `${STORE} (if (local.get $c) (then
    (i32.store offset=4000 (local.get $a) (i32.const -1)))) ${STORE}
    (i32.store offset=4100 (local.get $a) (i32.const -1))`,
  'an offset beyond what the mark covers': `${STORE}
    (i32.store offset=252 (local.get $a) (i32.const -1))
    (i32.store offset=253 (local.get $a) (i32.const -1))
    (i32.store offset=4096 (local.get $a) (i32.const -1))`,
}

for (const [name, body] of Object.entries(BODIES))
  test(`a store is put back despite ${name}`, async () => {
    const slot = moduleSlot(
      await wat(`(module (memory (export "memory") 2) (tag $e)
        (func (export "run") (param $c i32) (param $a i32) (local $b i32) (local $n i32) ${body}))`),
      { marks: true },
    )
    const image = slot.stamper.capture()
    for (const branch of [0, 1])
      for (const address of [0, 4096, 8188, 8191, 12_000]) {
        expect(slot.call('run', branch, address)).toBeUndefined()
        expect(differences(slot.stamper.state, image, slot.store)).not.toEqual([])
        slot.stamper.stamp(image)
        expect(differences(slot.stamper.state, image, slot.store)).toEqual([])
      }
  })
