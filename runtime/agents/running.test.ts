import { describe, expect, it } from 'vitest'
import { componentOf } from '../link/testing/component.ts'
import { Runtime } from './runtime.ts'

const COMPONENT = await componentOf(
  `package t:t;
   interface host { look: func() -> u32; wait: async func() -> u32; }
   world w { import host; export run: async func() -> u32; }`,
  `(module
    (import "t:t/host" "look" (func $look (result i32)))
    (import "t:t/host" "wait" (func $wait (result i32)))
    (memory (export "memory") 1)
    (func (export "run") (result i32)
      (i32.add (call $look) (i32.add (call $wait) (call $look)))))`,
)

const DEADLINE_MS = 60_000

/** Returns the values of `running` when the guest of `COMPONENT` calls: before its wait, during it and after. */
async function watched(inner?: (running: Float64Array) => Promise<unknown>): Promise<number[]> {
  const running = new Float64Array(1)
  const seen: number[] = []
  const note = () => seen.push(running[0] ?? NaN)
  const runtime = new Runtime({ capabilities: [], running })
  const agent = await runtime.load({
    component: COMPONENT,
    manifest: { name: 'watched', component: 'a.wasm', limits: { deadlineMs: DEADLINE_MS } },
    imports: {
      't:t/host': {
        look: () => note(),
        wait: async () => {
          await new Promise((resolve) => setTimeout(resolve))
          note()
          await inner?.(running)
          return 1
        },
      },
    },
  })
  await agent.call('run')
  note()
  await runtime.close()
  return seen
}

describe('RuntimeOptions.running', () => {
  it('is the deadline of the guest that runs, and 0 while it waits and when it has ended', async () => {
    const before = performance.now()
    const [running = 0, waiting, again, ended] = await watched()
    expect(running).toBeGreaterThanOrEqual(before + DEADLINE_MS)
    expect(running).toBeLessThanOrEqual(performance.now() + DEADLINE_MS)
    expect([waiting, again, ended]).toEqual([0, running, 0])
  })

  it('is that of a guest that goes on after another has run meanwhile', async () => {
    let others: number[] = []
    const seen = await watched(async (running) => {
      others = await watched()
      expect(running[0]).toBe(0)
    })
    expect(seen[2]).toBe(seen[0])
    expect(others[2]).toBe(others[0])
  })
})
