import { afterEach, describe, expect, it, test, vi } from 'vitest'
import { ExportedFunction } from '../link/index.ts'
import { nextLoopTurn } from '../host-module/index.ts'
import { stage, type Stage } from './testing/stage.ts'
import { Trials } from './trials.ts'

/**
 * Counts its calls, then loops `n` times, and calls the host when `n` is odd. Answers with the count, which is 1 in the
 * state that it was initialised with.
 */
const COUNTING = `(component
  (import "acme:host/env" (instance $env (export "now" (func (result u32)))))
  (core func $now (canon lower (func $env "now")))
  (core module $m
    (import "host" "now" (func $now (result i32)))
    (memory 1)
    (func (export "run") (param $n i32) (result i32)
      (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
      (if (i32.and (local.get $n) (i32.const 1)) (then (drop (call $now))))
      (loop $l (br_if $l (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
      (i32.load (i32.const 8))))
  (core instance $i (instantiate $m (with "host" (instance (export "now" (func $now))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`
const BRIEF = 2
const CALLING = 3
const LONG = 200_000_000

/** The stage, an agent that has answered briefly for a while, and how often its host was called. */
async function brief(scene: Stage, limits: object = {}) {
  let hostCalls = 0
  const imports = { 'acme:host/env': { now: () => ++hostCalls } }
  const agent = await scene.load(COUNTING, {
    limits: { deadlineMs: 600_000, ...limits },
    imports,
  })
  for (let i = 0; i < 20; i++) expect(await agent.call('run', [BRIEF])).toBe(1)
  return { agent, hostCalls: () => hostCalls }
}

describe('a call on trial', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('is made once the agent has answered briefly for a while', async () => {
    await using scene: Stage = await stage()
    const tried = vi.spyOn(ExportedFunction.prototype, 'callOnTrial')
    const { agent } = await brief(scene)
    expect(tried).toHaveBeenCalledTimes(4)
    expect(await agent.call('run', [BRIEF])).toBe(1)
    expect(tried).toHaveBeenCalledTimes(5)
  })

  it('begins again before its guest calls the host, which is called once', async () => {
    await using scene: Stage = await stage()
    const { agent, hostCalls } = await brief(scene)
    const tried = vi.spyOn(ExportedFunction.prototype, 'callOnTrial')
    expect(await agent.call('run', [CALLING])).toBe(1)
    expect(tried).toHaveBeenCalledTimes(1)
    expect(hostCalls()).toBe(1)
    expect(scene.recordsOf(agent).at(-1)?.outcome).toMatchObject({ state: 'completed' })
    expect(await agent.call('run', [BRIEF])).toBe(1)
    expect(tried).toHaveBeenCalledTimes(1)
  })

  it('begins again when its guest computes for long, which lets others have their turn', async () => {
    await using scene: Stage = await stage()
    const { agent } = await brief(scene)
    const tried = vi.spyOn(ExportedFunction.prototype, 'callOnTrial')
    let laps = 0
    let ended = false
    const call = agent.call('run', [LONG]).finally(() => (ended = true))
    while (!ended) {
      laps++
      await new Promise<void>((resolve) => nextLoopTurn(resolve))
    }
    expect(await call).toBe(1)
    expect(tried).toHaveBeenCalledTimes(1)
    expect(laps).toBeGreaterThan(3)
    expect(agent.stats().pauses).toBeGreaterThan(0)
  })

  it('counts the fuel of a call that began again once', async () => {
    await using scene: Stage = await stage()
    const first = await scene.load(COUNTING, {
      limits: { deadlineMs: 600_000 },
      imports: { 'acme:host/env': { now: () => 1 } },
    })
    await first.call('run', [LONG])
    const { agent } = await brief(scene)
    await agent.call('run', [LONG])
    expect(scene.recordsOf(agent).at(-1)?.fuel).toBe(scene.recordsOf(first).at(-1)?.fuel)
  })

  it('ends where its fuel does', async () => {
    await using scene: Stage = await stage()
    const { agent } = await brief(scene, { fuel: 10_000 })
    await expect(agent.call('run', [LONG])).rejects.toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' })
    expect(scene.recordsOf(agent).at(-1)?.outcome).toMatchObject({
      state: 'limited',
      limit: 'fuel',
    })
  })
})

test('Trials become rarer with each that fails', () => {
  const trials = new Trials()
  const untilExpected = (): number => {
    let calls = 0
    for (; !trials.expected; calls++) trials.ended(true)
    return calls
  }
  expect(untilExpected()).toBe(16)
  trials.ended(false)
  expect(untilExpected()).toBe(16)
  trials.failed()
  expect(untilExpected()).toBe(128)
  for (let i = 0; i < 20; i++) trials.failed()
  expect(untilExpected()).toBe(1_000_000)
})
