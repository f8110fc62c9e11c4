/**
 * Where the platform cannot suspend a stack, a component has the same room as where it can.
 *
 * @module
 */
import { expect, it, vi } from 'vitest'
import { STACK_BYTES, WASM_PAGE_BYTES } from '../binary/index.ts'
import { canSuspend } from '../link/index.ts'
import { stage } from './testing/stage.ts'

vi.mock('../link/stack/landing.ts', async (original) => ({
  ...(await original<typeof import('../link/stack/landing.ts')>()),
  canSuspend: () => false,
}))

/** Grows its memory until it cannot, and answers the pages. */
const GROWING = `(component (core module $m (memory 1)
  (func (export "run") (param i32) (result i32)
    (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (memory.size)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`

it('an agent that loops is charged for a stack that it cannot have', async () => {
  expect(canSuspend()).toBe(false)
  await using theatre = await stage()
  const agent = await theatre.load(GROWING, {
    limits: { memoryBytes: 7 * WASM_PAGE_BYTES + STACK_BYTES },
  })
  expect(await agent.call('run', [1])).toBe(7)
  await expect(
    theatre.load(GROWING, { limits: { memoryBytes: STACK_BYTES } }),
  ).rejects.toMatchObject({
    code: 'ERR_LIMIT_EXCEEDED',
    hint: 'Raise limits.memoryBytes in agent.json',
  })
})
