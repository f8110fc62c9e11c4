/**
 * Fuel stops every way to run for ever, and rewriting for it changes no result.
 *
 * @module
 */
import { describe, expect, test } from 'vitest'
import { moduleSlot, wat, type ModuleSlot } from './testing/module-slot.ts'

const HANDLE = '(try_table (catch_all 0)'

/** Each runs for ever unless it is stopped. Most try to catch the trap that stops them. */
const ENDLESS: Record<string, string> = {
  'a loop': '(func (export "run") (loop (br 0)))',
  'a conditional branch': '(func (export "run") (loop (br_if 0 (i32.const 1))))',
  'a branch table': '(func (export "run") (loop (br_table 0 0 (i32.const 0))))',
  'a loop of exceptions': `(tag $t) (func (export "run")
    (loop $again (try_table (catch_all $again) (throw $t))))`,
  'a loop round a handler': `(func $spin (loop (br 0))) (func (export "run")
    (loop $again (block ${HANDLE} (call $spin))) (br $again)))`,
  'tail calls': '(func $f (export "run") (return_call $f))',
  'tail calls in a ring': `(func $a (export "run") (return_call $b)) (func $b (return_call $a))`,
  'indirect tail calls': `(type $v (func)) (table funcref (elem $f))
    (func $f (export "run") (return_call_indirect (type $v) (i32.const 0)))`,
  'tail calls through a table and back': `(type $v (func)) (table funcref (elem $b))
    (func $a (export "run") (return_call_indirect (type $v) (i32.const 0)))
    (func $b (return_call $a))`,
  'a loop inside a loop': '(func (export "run") (loop (loop (br_if 1 (i32.const 1)))))',
  'a loop round loops that end': `(func (export "run") (local i32)
    (loop (local.set 0 (i32.const 9))
      (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (br 0)))`,
  'a loop with operands': `(func (export "run")
    (drop (i32.const 1) (loop (param i32) (result i32) (br 0))))`,
  'a loop with a result': '(func (export "run") (drop (loop (result i32) (br 0))))',
  'a loop round a short loop of another function': `(func $f (local i32)
      (local.set 0 (i32.const 3))
      (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "run") (loop (call $f) (br 0)))`,
  'recursion with a way out that calls nothing': `(func $f (export "run") (param i32)
    (if (i32.gt_u (local.get 0) (i32.const 60)) (then (return)))
    (call $f (i32.add (local.get 0) (i32.const 1)))
    (call $f (i32.add (local.get 0) (i32.const 1))))`,
  'recursion in one arm or the other': `(func $f (export "run") (param i32)
    (block (br_if 0 (i32.and (local.get 0) (i32.const 1)))
      (call $g (i32.add (local.get 0) (i32.const 1))) (return))
    (if (i32.lt_u (local.get 0) (i32.const 60)) (then (call $g (i32.add (local.get 0) (i32.const 1)))
      (call $g (i32.add (local.get 0) (i32.const 1))))))
    (func $g (param i32) (call $f (local.get 0)))`,
  'recursion through small functions and a table': `(type $t (func (param i32)))
    (table funcref (elem $f $g))
    (func $f (export "run") (type $t) (call $g (local.get 0)) (call $g (local.get 0)))
    (func $g (type $t) (if (i32.lt_u (local.get 0) (i32.const 40)) (then
      (call_indirect (type $t) (i32.add (local.get 0) (i32.const 1)) (i32.const 0)))))`,
  'recursion of a small function': `(func $f (param i32)
      (if (i32.lt_u (local.get 0) (i32.const 60)) (then (call $f (i32.add (local.get 0) (i32.const 1)))
        (call $f (i32.add (local.get 0) (i32.const 1))))))
    (func (export "run") (call $f (i32.const 0)))`,
  'recursion in the second arm': `(func $f (export "run") (param i32)
    (if (i32.eqz (local.get 0)) (then (call $f (i32.const 1)))
      (else (if (i32.lt_u (local.get 0) (i32.const 60)) (then
        (call $f (i32.add (local.get 0) (i32.const 1)))
        (call $f (i32.add (local.get 0) (i32.const 1))))))))`,
  'recursion after a block that is left early': `(func $f (export "run") (param i32)
    (block (br_if 0 (local.get 0)) (call $f (i32.const 61)))
    (if (i32.lt_u (local.get 0) (i32.const 60)) (then
      (call $f (i32.add (local.get 0) (i32.const 1)))
      (call $f (i32.add (local.get 0) (i32.const 1))))))`,
  'recursion that branches': `(func $f (export "run") (param i32) (result i32)
    (if (result i32) (i32.gt_u (local.get 0) (i32.const 60)) (then (i32.const 1))
      (else (i32.add (call $f (i32.add (local.get 0) (i32.const 1)))
        (call $f (i32.add (local.get 0) (i32.const 1)))))))`,
  'fills of megabytes': `(memory 64) (func (export "run")
    (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 4194304)) (br 0)))`,
}

describe('fuel', () => {
  for (const [name, text] of Object.entries(ENDLESS))
    test(`stops ${name}`, async () => {
      const slot = moduleSlot(await wat(`(module ${text})`), { fuel: true, fuelSlice: 10_000 })
      slot.meter.begin({ fuel: 2_000_000 })
      expect(slot.call('run', 0)).toBe('RuntimeError: unreachable')
      expect(slot.meter.exhausted).toBe('budget')
      expect(slot.meter.used).toBeGreaterThanOrEqual(2_000_000)
    })

  test('stops at the call of `stop`', async () => {
    const slot = moduleSlot(await wat('(module (func (export "run") (loop (br 0))))'), {
      fuel: true,
      fuelSlice: 10_000,
    })
    let slices = 0
    slot.meter.begin({ mayContinue: () => ++slices < 5 })
    expect(slot.call('run')).toBe('RuntimeError: unreachable')
    expect(slot.meter.exhausted).toBe('stopped')
    expect(slices).toBe(5)
    slot.meter.begin({
      mayContinue() {
        throw new Error('thrown through the guest, it could be caught there')
      },
    })
    expect(slot.call('run')).toBe('RuntimeError: unreachable')
  })

  test('is the same for the same work, and charges long code that does not branch', async () => {
    const adds = '(local.set 0 (i32.add (local.get 0) (i32.const 1)))'.repeat(5000)
    const slot = moduleSlot(
      await wat(`(module (func (export "run") (param i32) (result i32) ${adds} (local.get 0)))`),
      { fuel: true },
    )
    const used = [1, 2].map(() => {
      slot.meter.begin()
      expect(slot.call('run', 1)).toBe(5001)
      return slot.meter.used
    })
    expect(used[0]).toBe(used[1])
    // 20,000 instructions, sixteen a unit; some of them were the caller's to pay.
    expect(used[0]).toBeGreaterThan(1250 - 100)
    expect(used[0]).toBeLessThan(1250 + 600)
  })
})

test('fuel leaves loops, their operands and their branches as they were', async () => {
  const sum = `(local $s i32)
    (block $out (loop $outer
      (local.set 1 (i32.const 0))
      (loop $inner
        (local.set $s (i32.add (local.get $s) (local.get 1)))
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (block $a (block $b (br_table $a $b $inner $a $inner $out (i32.add
          (i32.rem_u (local.get 1) (i32.const 5))
          (i32.mul (i32.gt_u (local.get $s) (i32.const 700000)) (i32.const 5)))))
          (br_if $inner (i32.lt_u (local.get 1) (i32.const 70))))
        (br_if $inner (i32.lt_u (local.get 1) (i32.const 90)))
        (br_if $out (i32.gt_u (local.get $s) (i32.const 900000)))
        (br_if $outer (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))) (local.get $s)`
  const bytes = await wat(`(module
    (func (export "nested") (param i32 i32) (result i32) ${sum})
    (func (export "carried") (param i32 i32) (result i32)
      (local.get 1) (loop (param i32) (result i32) (i32.add (i32.const 3))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "result") (param i32 i32) (result i32)
      (loop (result i32) (local.set 1 (i32.mul (local.get 1) (i32.const 7)))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))) (local.get 1))))`)
  const plain = moduleSlot(bytes)
  const metered = moduleSlot(bytes, { fuel: true, fuelSlice: 100 })
  for (const name of ['nested', 'carried', 'result'])
    for (const times of [1, 2, 17, 300, 20_000])
      expect(metered.call(name, times, 5), name).toBe(plain.call(name, times, 5))
})

test('fuel is paid for deep chains of calls without following them all', async () => {
  const chain = Array.from({ length: 20_000 }, (_, i) => `(func $f${i} (call $f${i + 1}))`)
  const slot = moduleSlot(
    await wat(`(module ${chain.join('')} (func $f20000)
      (func (export "run") (loop (call $f0) (br 0))))`),
    { fuel: true, fuelSlice: 10_000 },
  )
  slot.meter.begin({ fuel: 100_000 })
  expect(slot.call('run')).toMatch(/unreachable|RangeError/)
})

// The engine bounds the stack; were its error catchable, such a guest would run on for ever without fuel.
test('an overflow of the stack in guest code cannot be caught by the guest', async () => {
  const slot = moduleSlot(
    await wat(`(module (func $f (export "run")
      (loop $again (block ${HANDLE} (call $f))) (br $again))))`),
  )
  expect(slot.call('run')).toMatch(/^RangeError/)
})

test('an overflow of the stack in a function of the host cannot be caught by the guest', async () => {
  const down = (n: number): number => (n > 0 ? 1 + down(n - 1) : 0)
  // Frames of the host are larger than the guest's: it is here that the stack ends.
  const imports = { host: { down: () => void down(200) } }
  const slot = moduleSlot(
    await wat(`(module (import "host" "down" (func $down))
      (func $f (call $down) (call $f))
      (func (export "run") (result i32) (block ${HANDLE} (call $f))) (i32.const 1)))`),
    { imports },
  )
  expect(slot.call('run')).toMatch(/^RangeError/)
})

test.for([
  ['works for it', (slot: ModuleSlot) => slot.meter.spend(1_000_000)],
  ['ends its slice', (slot: ModuleSlot) => slot.meter.endSlice()],
] as const)('a guest goes on whose host %s while it waits for its turn', async ([, meanwhile]) => {
  const slot = moduleSlot(
    await wat(`(module (func (export "run") (result i32) (local i32)
      (loop $more (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (br_if $more (i32.lt_u (local.get 0) (i32.const 5000))))
      (local.get 0)))`),
    { fuel: true, fuelSlice: 1_000 },
  )
  let pauses = 0
  slot.meter.begin({
    pause: () => (pauses++ > 3 ? undefined : Promise.resolve().then(() => meanwhile(slot))),
  })
  const run = promising(slot.instance.exports['run'])
  expect(await run()).toBe(5000)
  expect(pauses).toBeGreaterThan(3)
})

// Not in TypeScript's library yet.
const { promising } = WebAssembly as unknown as {
  promising: (run: unknown) => () => Promise<unknown>
}
