import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { decodeComponent, readSnapshot } from '../binary/index.ts'
import { makePlan } from '../link/index.ts'
import { manifestFromObject } from '../manifest/index.ts'
import { CodeMaker, PageStore, ShapeStore, SlotPool, type Slot } from '../stamp/index.ts'
import { InvocationHost } from './dispatch.ts'
import { ResetChoice } from './reset-choice.ts'
import { Sandbox } from './sandbox.ts'
import { bareInvocation } from './testing/bare-invocation.ts'
import { TurnLine } from './turn-line.ts'
import { WaitingRoom } from './waiting-room.ts'

/** A component with the data `data`. It changes a table when `table` says so, and traps when `n` is 0. */
function component(data: number, table: string): Promise<Uint8Array> {
  return parse(`(component
    (core module $m (memory (export "memory") 2) (data (i32.const 70000) "${'x'.repeat(data)}")
      (table $t 2 funcref) (elem declare func $run)
      (func $run (export "run") (param $n i32) (result i32)
        ${table}
        (if (i32.eqz (local.get $n)) (then unreachable))
        (i32.load8_u (i32.const 70000))))
    (core instance $i (instantiate $m))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`)
}

const CHANGES_TABLE = '(table.set $t (i32.const 0) (ref.func $run))'

describe('Sandbox.release()', () => {
  const store = new PageStore()
  const shapes = new ShapeStore()
  const pool = new SlotPool<Slot>()

  async function open(bytes: Uint8Array): Promise<Sandbox> {
    const { limits } = manifestFromObject({ name: 'a', component: 'a.wasm' })
    const plan = makePlan(decodeComponent(bytes), bytes)
    const options = { marks: false, fuel: true, undoGrowth: true, maxMemoryPages: 16 }
    return new Sandbox({
      agent: 'a',
      limits,
      choice: new ResetChoice('copy', 131_072, true),
      shape: await new CodeMaker().acquire(shapes, bytes, plan, new Set(), options),
      initial: () => 0,
      data: plan.modules.map(({ start, end }) => readSnapshot(bytes.subarray(start, end))),
      pool,
      store,
      shapes,
      room: new WaitingRoom(),
      line: new TurnLine(),
      turns: 'fair',
    })
  }

  async function run(sandbox: Sandbox, n: number): Promise<unknown> {
    const invocation = bareInvocation()
    return sandbox.run(invocation, new InvocationHost([], [], invocation), 'run', [n])
  }

  it.for(['', CHANGES_TABLE])('gives back pages, slots and shape (table: "%s")', async (table) => {
    const warm = await open(await component(100, table))
    await run(warm, 1)
    warm.release()
    const before = store.bytes
    for (let round = 1; round < 20; round++) {
      const sandbox = await open(await component(round * 100, table))
      expect(store.bytes).toBeGreaterThan(before)
      expect(await run(sandbox, 1)).toBe(120)
      await expect(run(sandbox, 0)).rejects.toThrow(/unreachable/)
      expect(await run(sandbox, 2)).toBe(120)
      sandbox.release()
      expect([pool.slots, pool.bytes, shapes.size]).toEqual([0, 0, 0])
      expect(store.pages).toBe(0)
      expect(store.bytes).toBe(before)
    }
  })

  it('is not needed for slots that trapped: they leave no page behind', async () => {
    const sandbox = await open(await component(5000, CHANGES_TABLE))
    await run(sandbox, 1)
    const before = store.bytes
    for (let call = 0; call < 50; call++) await expect(run(sandbox, 0)).rejects.toThrow()
    expect(await run(sandbox, 1)).toBe(120)
    expect(store.bytes).toBeLessThanOrEqual(before)
    sandbox.release()
  })
})
