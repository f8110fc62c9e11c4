/**
 * An agent that leaves answers with the host, for the tests of every place where guests run.
 *
 * `run(n)` starts `n` calls that answer with a MiB each, waits for another call, and takes them then. It returns `n`.
 *
 * @module
 */
import { expect, test, vi } from 'vitest'
import type { RuntimeOptions } from '../index.ts'
import { stage } from './stage.ts'

const UNTAKEN = `(component
  (import "calls" (instance $calls
    (export "answer" (func async (result (list u8))))
    (export "wait" (func async))))
  (core module $libc (memory (export "memory") 32)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536)))
  (core instance $libc (instantiate $libc))
  (core func $answer (canon lower (func $calls "answer") async
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $wait (canon lower (func $calls "wait") async))
  (core func $return (canon task.return (result u32)))
  (core func $set-new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $drop (canon subtask.drop))
  (core module $main
    (import "" "answer" (func $answer (param i32) (result i32)))
    (import "" "wait" (func $wait (result i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "set-new" (func $set-new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "drop" (func $drop (param i32)))
    (global $n (mut i32) (i32.const 0)) (global $taken (mut i32) (i32.const -1))
    (global $first (mut i32) (i32.const 0)) (global $set (mut i32) (i32.const 0))
    (func $rest (result i32) (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
    (func (export "run") (param $n i32) (result i32) (local $call i32)
      (global.set $n (local.get $n))
      (global.set $set (call $set-new))
      (loop $more
        (local.set $call (i32.shr_u (call $answer (i32.const 64)) (i32.const 4)))
        (if (i32.eqz (global.get $first)) (then (global.set $first (local.get $call))))
        (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (call $join (i32.shr_u (call $wait) (i32.const 4)) (global.get $set))
      (call $rest))
    (func (export "callback") (param $event i32) (param $call i32) (param i32) (result i32)
      (call $drop (local.get $call))
      (global.set $taken (i32.add (global.get $taken) (i32.const 1)))
      (if (i32.eq (global.get $taken) (global.get $n))
        (then (call $return (global.get $n)) (return (i32.const 0))))
      (call $join (i32.add (global.get $first) (global.get $taken)) (global.get $set))
      (call $rest)))
  (core instance $main (instantiate $main (with "" (instance
    (export "answer" (func $answer)) (export "wait" (func $wait)) (export "return" (func $return))
    (export "set-new" (func $set-new)) (export "join" (func $join)) (export "drop" (func $drop))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $main "run") async (callback (core func $main "callback")))))`

const MIB = 1_048_576

/** Tests the bounds of what lies with the host. `options` are those of a runtime whose guests run `where`. */
export function testUntaken(
  where: string,
  options: (bodies: NonNullable<RuntimeOptions['bodies']>) => Partial<RuntimeOptions>,
): void {
  test.each([
    ['within its bound', 4, undefined],
    ['beyond its bound', 5, 'bodies'],
  ])(`answers that a guest does not take, ${where}, count %s`, async (_, n, limit) => {
    await using scene = await stage(options({ maxBytesByAgent: 4 * MIB + 1_000 }))
    const waits: (() => void)[] = []
    const calls = {
      answer: () => Promise.resolve(new Uint8Array(MIB)),
      wait: () => new Promise<void>((resolve) => waits.push(resolve)),
    }
    const agent = await scene.load(UNTAKEN, { imports: { calls } })
    const running = agent.call('run', [n])
    running.catch(() => {})
    await vi.waitFor(() => expect(waits).toHaveLength(1))
    // The answers arrive.
    await new Promise((resolve) => setTimeout(resolve, 50))
    waits[0]?.()
    if (limit === undefined) expect(await running).toBe(n)
    else
      await expect(running).rejects.toMatchObject({ code: 'ERR_LIMIT_EXCEEDED', facts: { limit } })
    // All of it is given back.
    const again = agent.call('run', [4])
    await vi.waitFor(() => expect(waits).toHaveLength(2))
    await new Promise((resolve) => setTimeout(resolve, 50))
    waits[1]?.()
    expect(await again).toBe(4)
  })
}
