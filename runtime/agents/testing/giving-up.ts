/**
 * An agent that cancels a call of the host, for the tests of every place where guests run.
 *
 * `run(n)` starts a call that it does not wait for, cancels it unless `n` is 0, and returns the answer of a second one.
 * Beside other components it runs the same.
 *
 * @module
 */
import { expect, test, vi } from 'vitest'
import type { Capability } from '../../host-module/index.ts'
import type { Place } from './leaving.ts'
import { stage, type Stage } from './stage.ts'

/** Parts that call each other asynchronously: all of the component run beside each other then. */
const BESIDE = `(component $Called
    (core module $m (func (export "run")))
    (core instance $i (instantiate $m))
    (func (export "run") async (canon lift (core func $i "run"))))
  (instance $called (instantiate $Called))
  (core func $call (canon lower (func $called "run") async))
  (core module $caller (import "" "call" (func (result i32))))
  (core instance (instantiate $caller (with "" (instance (export "call" (func $call))))))`

const givingUp = (parts: string): string => `(component
  ${parts}
  (import "test:calls/slow" (instance $slow (export "wait" (func async (result u32)))))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $wait (canon lower (func $slow "wait") async (memory (core memory $libc "memory"))))
  (core func $return (canon task.return (result u32)))
  (core func $set-new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $drop (canon subtask.drop))
  (core func $cancel (canon subtask.cancel))
  (core module $main
    (import "" "wait" (func $wait (param i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "set-new" (func $set-new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "cancel" (func $cancel (param i32) (result i32)))
    (import "" "memory" (memory 1))
    (func (export "run") (param $n i32) (result i32) (local $call i32) (local $set i32)
      (local.set $call (i32.shr_u (call $wait (i32.const 64)) (i32.const 4)))
      (if (local.get $n) (then
        (if (i32.ne (call $cancel (local.get $call)) (i32.const 4)) (then (unreachable)))
        (call $drop (local.get $call))))
      (local.set $set (call $set-new))
      (call $join (i32.shr_u (call $wait (i32.const 128)) (i32.const 4)) (local.get $set))
      (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))
    (func (export "callback") (param i32 i32 i32) (result i32)
      (call $drop (local.get 1))
      (call $return (i32.load (i32.const 128)))
      (i32.const 0)))
  (core instance $main (instantiate $main (with "" (instance
    (export "wait" (func $wait)) (export "return" (func $return)) (export "set-new" (func $set-new))
    (export "join" (func $join)) (export "drop" (func $drop)) (export "cancel" (func $cancel))
    (export "memory" (memory $libc "memory"))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $main "run") async (callback (core func $main "callback")))))`

interface SlowCall {
  readonly signal: AbortSignal
  readonly answer: PromiseWithResolvers<number>
}

/** Its calls end when a test says so. */
function slow(calls: SlowCall[]): Capability {
  return {
    name: 'slow',
    interfaces: ['test:calls/slow'],
    example: '',
    configure: () => ({
      granted: true,
      prepare: (context) => ({
        'test:calls/slow': {
          wait() {
            const answer = Promise.withResolvers<number>()
            calls.push({ signal: context.callSignal, answer })
            return answer.promise
          },
        },
      }),
      async [Symbol.asyncDispose]() {},
    }),
  }
}

/** Tests what guests do there. */
export function testGivingUp(place: Place): void {
  async function open(): Promise<Stage & { readonly calls: SlowCall[] }> {
    const calls: SlowCall[] = []
    const options = { ...place.options({}), capabilities: [slow(calls)] }
    return { ...(await stage(options)), calls }
  }

  test.each([
    ['fails', ({ reject }: SlowCall['answer']) => reject(new Error('aborted'))],
    ['succeeds nevertheless', ({ resolve }: SlowCall['answer']) => resolve(1)],
  ])(
    `a call that a guest cancels, ${place.name}, is aborted, and %s for no one`,
    async (_, end) => {
      await using scene = await open()
      const { calls } = scene
      const agent = await scene.load(givingUp(''))
      const running = agent.call('run', [1])
      await vi.waitFor(() =>
        expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, false]),
      )
      if (calls[0] !== undefined) end(calls[0].answer)
      await new Promise((resolve) => setTimeout(resolve, 0))
      calls[1]?.answer.resolve(7)
      expect(await running).toBe(7)
    },
  )

  test.each([
    ['alone', ''],
    ['beside others', BESIDE],
  ])(
    `a call that a guest %s does not cancel, ${place.name}, is aborted when the guest ends`,
    async (_, parts) => {
      await using scene = await open()
      const { calls } = scene
      const agent = await scene.load(givingUp(parts))
      const running = agent.call('run', [0])
      await vi.waitFor(() => expect(calls).toHaveLength(2))
      expect(calls[0]?.signal.aborted).toBe(false)
      calls[1]?.answer.resolve(7)
      expect(await running).toBe(7)
      expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, false])
    },
  )
}
