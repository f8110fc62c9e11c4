import { expect, test } from 'vitest'
import { instantiate, loadWat, type Loaded } from '../testing/component.ts'

// A component with a loop, called by a component that catches everything.
const NESTED = `(component
  (import "note" (func $note))
  (component $inner
    (core module $m (memory 1)
      (func (export "work") (param $n i32) (result i32) (local $i i32)
        (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
        (if (i32.eq (local.get $n) (i32.const 3)) (then unreachable))
        (local.get $i)))
    (core instance $m (instantiate $m))
    (func (export "work") (param "n" u32) (result u32) (canon lift (core func $m "work"))))
  (instance $inner (instantiate $inner))
  (core func $work (canon lower (func $inner "work")))
  (core func $note (canon lower (func $note)))
  (core module $m
    (import "" "work" (func $work (param i32) (result i32)))
    (import "" "note" (func $note))
    (func (export "run") (param i32) (result i32)
      (block $caught
        (try_table (catch_all $caught) (return (call $work (local.get 0)))))
      (call $note)
      (i32.const 99)))
  (core instance $m (instantiate $m (with "" (instance
    (export "work" (func $work)) (export "note" (func $note))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))`

/** Both lifted functions. */
const long = new Set([0, 1])

async function nested(): Promise<Loaded> {
  return loadWat(NESTED)
}

test('ExportedFunction.callInTurns() returns at once when nothing was suspended', async () => {
  const instance = instantiate(await nested(), { note() {} }, { long })
  for (const n of [5, 7, 5]) expect(instance.lookup('run').callInTurns([n])).toBe(n)
  expect(instance.lookup('run').call([9])).toBe(9)
})

test('a trap in a component on its own stack unwinds its caller, past every handler', async () => {
  let notes = 0
  const instance = instantiate(await nested(), { note: () => void notes++ }, { long })
  const calling = instance.lookup('run').callInTurns([3])
  await expect(calling).rejects.toMatchObject({
    code: 'ERR_GUEST_TRAPPED',
    message: expect.stringMatching(/unreachable/) as string,
  })
  expect(notes).toBe(0)
  expect(instance.poisoned).toBe(true)
})
