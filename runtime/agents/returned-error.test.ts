/** A function that returns its error has ended well for the host, and not for its caller. @module */
import { expect, it } from 'vitest'
import { stage } from './testing/stage.ts'

const HALF = `(component
  (core module $m
    (func (export "half") (param i32) (result i32)
      (i32.store8 (i32.const 0) (i32.const 1))
      (i64.store (i32.const 8) (i64.const -1))
      (i32.const 0))
    (memory (export "memory") 1))
  (core instance $i (instantiate $m))
  (func (export "half") (param "of" u32) (result (result u32 (error u64)))
    (canon lift (core func $i "half") (memory (core memory $i "memory")))))`

it('a function that returns its error is recorded as failed, not as trapped', async () => {
  await using theatre = await stage()
  const agent = await theatre.load(HALF)
  await expect(agent.call('half', [7])).rejects.toMatchObject({ payload: 2n ** 64n - 1n })
  expect(theatre.records.map(({ outcome }) => outcome)).toMatchObject([
    { state: 'failed', error: { code: 'ERR_GUEST_FAILED' } },
  ])
  const [record] = theatre.records
  expect(record?.outcome.state === 'failed' && record.outcome.error.message).toMatch(
    /^Agent ".*" failed: "18446744073709551615"$/,
  )
})
