/**
 * Guests that wait without a stack give their slots back, go on in others, and leave nothing behind.
 *
 * @module
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Stamper } from '../stamp/stamper.ts'
import { watchStamps } from './testing/watched-stamps.ts'
import {
  expectNothingLeft,
  storm,
  TWO_SLOTS,
  untilAway,
  waitingStage,
} from './testing/waiting-stage.ts'

/** Answers that arrive in one turn of the event loop. */
const ABREAST = 10
const MANY = process.env['MAYFLY_SOAK'] === undefined ? 1_000 : 10_000

afterEach(() => void vi.restoreAllMocks())

describe('a guest that waits', () => {
  it('gives its slot back, and goes on in another', async () => {
    await using on = await waitingStage({ pool: TWO_SLOTS })
    const { agent, host } = on
    const calls = [3, 4, 5, 6].map((n) => agent.call('run', [n]))
    await host.until(4)
    await untilAway(agent, 4)
    expect(agent.stats()).toMatchObject({
      slots: 0,
      running: 4,
      waiting: { moves: expect.any(Number) },
    })
    expect(agent.stats().waiting.bytes).toBeLessThan(4 * 16_384)
    const timer = setInterval(() => host.answer(host.pending - 1), 1)
    expect(await Promise.all(calls)).toEqual([3, 4, 5, 6])
    clearInterval(timer)
    await expectNothingLeft(on)
  })

  it('keeps its slot for a while, when no other wants it', async () => {
    await using on = await waitingStage({ waiting: { keepMs: 10_000 } })
    const { agent, host } = on
    for (let n = 1; n < 50; n++) {
      const call = agent.call('run', [3 * n])
      await host.until(1)
      host.answer()
      expect(await call).toBe(3 * n)
    }
    expect(agent.stats().waiting.moves).toBe(0)
    await expectNothingLeft(on)
  })

  it('loses it at once when others want it', async () => {
    await using on = await waitingStage({ pool: { maxMemories: 2 }, waiting: { keepMs: Infinity } })
    const { agent, host } = on
    const calls = Array.from({ length: 40 }, (_, n) => agent.call('run', [3 * n]))
    await host.until(40)
    // One slot for all, that each would keep.
    expect(agent.stats()).toMatchObject({ slots: 1, waiting: { guests: 39 } })
    host.answerAll()
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 40 }, (_, n) => 3 * n))
    await expectNothingLeft(on)
  })

  it.for<[string, (stamper: Stamper) => void]>([
    [
      'bytes',
      ({ state }) =>
        void new Uint8Array(state.memories[0]?.memory.buffer ?? []).fill(1, 4_100, 4_101),
    ],
    ['marks', ({ state }) => new Uint8Array(state.memories[0]?.map?.buffer ?? []).fill(0)],
  ])('is found out when %s are planted wrongly', async ([, mistake]) => {
    const seen = watchStamps(mistake)
    await using on = await waitingStage({ pool: TWO_SLOTS }, { reset: 'pages' })
    await expect(storm(on, 20, 1)).resolves.toBeDefined()
    expect(seen.moves).toBeGreaterThan(5)
    expect(seen.wrong).not.toEqual([])
  })

  it.for(['pages', 'copy'])('leaves nothing behind, byte for byte (%s)', async (reset) => {
    const seen = watchStamps()
    await using on = await waitingStage({ pool: TWO_SLOTS }, { reset })
    expect(await storm(on, 60, 2)).toEqual([])
    expect(seen.moves).toBeGreaterThan(30)
    expect(seen.stamps).toBeGreaterThan(seen.moves)
    expect(seen.wrong).toEqual([])
    await expectNothingLeft(on)
  })
})

describe('many guests that wait', () => {
  it(`answer each its own, ${MANY} on one thread`, { timeout: 600_000 }, async () => {
    await using on = await waitingStage(
      { waiting: { maxBytes: 2 ** 30, maxBytesByAgent: 2 ** 30 } },
      { concurrency: 10_000 },
    )
    const { agent, host } = on
    const times: number[] = []
    const run = async (n: number): Promise<unknown> => {
      const answer = await agent.call('run', [n])
      times.push(performance.now() - (host.answeredAt.get(n) ?? NaN))
      return answer
    }
    const calls: Promise<unknown>[] = []
    while (calls.length < MANY) {
      for (let begun = 0; begun < 100; begun++) calls.push(run(calls.length))
      await host.until(calls.length)
    }
    await untilAway(agent, MANY)
    expect(agent.stats()).toMatchObject({ slots: 0, waiting: { refused: 0 } })
    const timer = setInterval(() => {
      for (let answers = 0; answers < ABREAST; answers++) host.answer()
    }, 1)
    expect(await Promise.all(calls)).toEqual(Array.from({ length: MANY }, (_, n) => n))
    clearInterval(timer)
    times.sort((a, b) => a - b)
    const [p50 = NaN, p99 = NaN] = [0.5, 0.99].map((share) => times[Math.floor(share * MANY)])
    console.log(
      `soak: ${MANY} waited without a slot; from the event to the answer p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
    )
    // Each goes on among some others, and none after all of them.
    expect(p99).toBeLessThan(1_000)
    await expectNothingLeft(on)
  })
})
