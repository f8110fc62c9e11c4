/**
 * Each way to stop or bound a guest holds while it waits without a slot, and while it goes on.
 *
 * @module
 */
import { describe, expect, it, vi } from 'vitest'
import { random } from '../stamp/testing/random.ts'
import {
  expectNothingLeft,
  TWO_SLOTS,
  untilAway,
  waitingStage,
  type WaitingStage,
} from './testing/waiting-stage.ts'

const AT_ONCE = { waiting: { keepMs: 0 } }

async function untilStats({ agent }: WaitingStage, stats: object): Promise<void> {
  await vi.waitFor(() => expect(agent.stats()).toMatchObject(stats), { interval: 1 })
}

/** Answers the guests that wait, as long as `until` takes. */
async function answering<Value>({ host }: WaitingStage, until: Promise<Value>): Promise<Value> {
  const timer = setInterval(() => host.answerAll(), 1)
  try {
    return await until
  } finally {
    clearInterval(timer)
  }
}

describe('a guest that waits without a slot', () => {
  it('reaches its deadline', async () => {
    await using on = await waitingStage(AT_ONCE, { deadlineMs: 60 })
    await expect(on.agent.call('run', [1])).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      facts: { limit: 'deadline' },
    })
    expect(on.agent.stats().waiting.moves).toBe(1)
    await expectNothingLeft(on)
  })

  it('burns the same fuel as one that keeps its slot', async () => {
    const fuel: number[] = []
    for (const keepMs of [0, Infinity]) {
      await using on = await waitingStage({ waiting: { keepMs } })
      const calls = [2, 5, 8].map((n) => on.agent.call('run', [n]))
      await answering(on, Promise.all(calls))
      expect(on.agent.stats().waiting.moves).toBe(keepMs === 0 ? 9 : 0)
      fuel.push(...on.records.map((record) => record.fuel).toSorted())
    }
    expect(fuel.slice(0, 3)).toEqual(fuel.slice(3))
    expect(fuel[0]).toBeGreaterThan(0)
  })

  it.for([0, Infinity])('has no more fuel than before, slot kept for %s ms', async (keepMs) => {
    // Each of three rounds fits, and all together do not.
    await using probe = await waitingStage({ waiting: { keepMs } })
    await answering(probe, Promise.all([0, 2].map((n) => probe.agent.call('run', [n]))))
    const [once = 0, thrice = 0] = probe.records.map(({ fuel }) => fuel).toSorted((a, b) => a - b)
    await using on = await waitingStage(
      { waiting: { keepMs } },
      { fuel: Math.floor((once + thrice) / 2) },
    )
    expect(thrice).toBeGreaterThan(once)
    expect(await answering(on, on.agent.call('run', [6]))).toBe(6)
    await expect(answering(on, on.agent.call('run', [2]))).rejects.toMatchObject({
      facts: { limit: 'fuel' },
    })
    await expectNothingLeft(on)
  })

  it('is stopped when it computes for ever afterwards', async () => {
    await using on = await waitingStage(AT_ONCE, { deadlineMs: 120 })
    await expect(answering(on, on.agent.call('spin', [3]))).rejects.toMatchObject({
      facts: { limit: 'deadline' },
    })
    await expectNothingLeft(on)
  })

  it('traps afterwards as it would have', async () => {
    await using on = await waitingStage(AT_ONCE)
    await expect(answering(on, on.agent.call('trap', [3]))).rejects.toMatchObject({
      code: 'ERR_GUEST_TRAPPED',
    })
    await expectNothingLeft(on)
  })

  it('may grow its memory by what is left to it, and no more', async () => {
    for (const keepMs of [0, Infinity]) {
      await using on = await waitingStage(
        { waiting: { keepMs } },
        { memoryBytes: 9 * 65_536 + 1_048_576 },
      )
      // Beside its stack it begins with four pages and a table, and may have less than nine pages.
      expect(await answering(on, on.agent.call('grow', [4]))).toBe(4)
      expect(await answering(on, on.agent.call('grow', [5]))).toBe(2 ** 32 - 1)
      await expectNothingLeft(on)
    }
  })

  it('keeps its slot when its state is larger than one may be', async () => {
    await using on = await waitingStage({ waiting: { keepMs: 0, maxBytesByGuest: 2_000_000 } })
    const { agent, host } = on
    const large = agent.call('large', [1])
    await host.until(1)
    await untilStats(on, {
      waiting: { guests: 0, kept: { 'its state is larger than there is room for': 1 } },
    })
    expect(await answering(on, large)).toBe(1)
    expect(await answering(on, agent.call('run', [6]))).toBe(6)
    expect(agent.stats().waiting.moves).toBe(1)
  })

  it('keeps its slot when its moves have taken long', async () => {
    await using on = await waitingStage(AT_ONCE)
    const { agent, host } = on
    const now = performance.now.bind(performance)
    const lost = vi.spyOn(performance, 'now')
    // Each reading is far from the one before, as if to move it took that long.
    let passed = 0
    lost.mockImplementation(() => now() + (passed += 60))
    const running = agent.call('run', [2])
    await host.until(1)
    host.answer()
    await host.until(1)
    lost.mockRestore()
    expect(agent.stats().waiting).toMatchObject({
      moves: 1,
      kept: { 'it has been moved too often for its size': 1 },
    })
    expect(await answering(on, running)).toBe(2)
  })

  it('is killed, and so are those that wait for a slot', async () => {
    await using on = await waitingStage({ ...AT_ONCE, pool: TWO_SLOTS })
    const { agent, host } = on
    const calls = Array.from({ length: 30 }, (_, n) => agent.call('run', [n]))
    await host.until(30)
    await untilAway(agent, 30)
    for (let answers = 0; answers < 10; answers++) host.answer()
    expect(agent.kill('test')).toBe(30)
    for (const call of await Promise.allSettled(calls))
      expect(call).toMatchObject({ status: 'rejected', reason: { code: 'ERR_GUEST_KILLED' } })
    await expectNothingLeft(on)
  })

  it('ends in its own time when its agent is unloaded, and when the runtime closes', async () => {
    for (const end of ['unload', 'close'] as const) {
      await using on = await waitingStage(AT_ONCE)
      const { agent, host, runtime } = on
      const calls = [4, 5].map((n) => agent.call('run', [n]))
      await host.until(2)
      await untilAway(agent, 2)
      const ended = end === 'unload' ? agent.unload() : runtime.close()
      expect(await answering(on, Promise.all(calls))).toEqual([4, 5])
      await ended
      expect(runtime.stats()).toMatchObject({ agents: 0, waiting: { guests: 0, bytes: 0 } })
    }
  })

  it('goes on in a slot without marks when its agent has changed to copying meanwhile', async () => {
    await using on = await waitingStage({ waiting: { keepMs: 0 } })
    const { agent, host } = on
    const calls = [4, 5, 6].map((n) => agent.call('run', [n]))
    await host.until(3)
    await untilAway(agent, 3)
    // Too long for its small memory to be marked.
    const long = Array.from({ length: 300 }, () => agent.call('long', [300_000]))
    await Promise.all(long)
    await vi.waitFor(() => expect(agent.stats().reset).toBe('copy'))
    expect(await agent.call('long', [1])).toBe(1)
    expect(await answering(on, Promise.all(calls))).toEqual([4, 5, 6])
    await expectNothingLeft(on)
  })
})

describe('a guest keeps its slot while it waits', () => {
  it('when as many wait without one as may, of it or of all', async () => {
    for (const waiting of [{ max: 3, maxByAgent: 9 }, { maxByAgent: 3 }]) {
      await using on = await waitingStage({ waiting: { keepMs: 0, ...waiting } })
      const calls = Array.from({ length: 5 }, (_, n) => on.agent.call('run', [3 * n]))
      await on.host.until(5)
      await untilStats(on, {
        slots: 2,
        waiting: { guests: 3, refused: 2, kept: { 'as many wait without a slot as may': 2 } },
      })
      expect(await answering(on, Promise.all(calls))).toEqual([0, 3, 6, 9, 12])
      await expectNothingLeft(on)
    }
  })

  it('until there is room, for it or for another agent', async () => {
    for (const waiting of [{ max: 3, maxByAgent: 9 }, { maxByAgent: 3 }]) {
      await using on = await waitingStage({ waiting: { keepMs: 0, ...waiting } })
      const { agent, host } = on
      const other = await on.another()
      const calls = Array.from({ length: 5 }, (_, n) => agent.call('run', [3 * n]))
      await host.until(5)
      const others = waiting.max === 3 ? [other.call('run', [15])] : []
      await host.until(5 + others.length)
      await untilStats(on, { slots: 2, waiting: { guests: 3, refused: 2 } })
      for (const slots of [1, 0]) {
        host.answer(0)
        await untilStats(on, { slots, waiting: { guests: 3, refused: 2 } })
      }
      if (others.length > 0) {
        expect(other.stats()).toMatchObject({ slots: 1, waiting: { guests: 0, refused: 1 } })
        host.answer(0)
        await vi.waitFor(() =>
          expect(other.stats()).toMatchObject({ slots: 0, waiting: { guests: 1, kept: {} } }),
        )
      }
      expect(await answering(on, Promise.all([...calls, ...others]))).toHaveLength(
        5 + others.length,
      )
      await expectNothingLeft(on)
    }
  })

  it('when its state is larger than there is room for', async () => {
    await using on = await waitingStage({ waiting: { keepMs: 0, maxBytes: 200_000 } })
    const { agent, host } = on
    const calls = [agent.call('run', [3]), agent.call('large', [7])]
    await host.until(2)
    await untilStats(on, {
      slots: 1,
      waiting: {
        guests: 1,
        refused: 1,
        kept: { 'its state is larger than there is room for': 1 },
      },
    })
    expect(agent.stats().waiting.bytes).toBeLessThan(50_000)
    expect(await answering(on, Promise.all(calls))).toEqual([3, 7])
    await expectNothingLeft(on)
  })

  it('when its state refers to functions of its slot', async () => {
    await using on = await waitingStage(AT_ONCE)
    const call = on.agent.call('refer', [3])
    await on.host.until(1)
    await untilStats(on, {
      slots: 1,
      waiting: { guests: 0, kept: { 'a global of it refers to a function of its slot': 1 } },
    })
    expect(await answering(on, call)).toBe(3)
    await expectNothingLeft(on)
  })

  it('when its slots cannot carry an image of another', async () => {
    await using on = await waitingStage(AT_ONCE, { reset: 'fresh' })
    const call = on.agent.call('run', [3])
    await on.host.until(1)
    await untilStats(on, {
      waiting: { kept: { 'each slot of its component has a state of its own': 1 } },
    })
    expect(await answering(on, call)).toBe(3)
    await expectNothingLeft(on)
  })
})

describe('clients that go away, at any time,', () => {
  it('leave nothing of guests that wait, with or without a slot, or go on', async () => {
    await using on = await waitingStage({ waiting: { keepMs: 2 }, pool: TWO_SLOTS })
    const { agent, host } = on
    const { below } = random(7)
    let aborted = 0
    for (let round = 0; round < 12; round++) {
      const clients = Array.from({ length: 25 }, () => new AbortController())
      const calls = Promise.allSettled(
        clients.map(({ signal }, n) => agent.call('run', [n], { signal })),
      )
      for (let step = 0; step < 40; step++) {
        const client = clients[below(clients.length)]
        if (below(3) > 0) client?.abort()
        else if (host.pending > 0) host.answer(below(host.pending))
        if (below(4) === 0) await new Promise((resolve) => setTimeout(resolve, below(4)))
      }
      for (const client of clients) if (below(2) === 0) client.abort()
      const settled = await answering(on, calls)
      for (const [n, call] of settled.entries()) {
        if (call.status === 'fulfilled') expect(call.value).toBe(n)
        else {
          aborted++
          expect(call.reason).toMatchObject({ code: 'ERR_CLIENT_GONE' })
        }
      }
      await expectNothingLeft(on)
    }
    expect(aborted).toBeGreaterThan(100)
  })

  it.for(['abort', 'kill'])(
    'free the slots of those that wait, which serve again (%s)',
    async (way) => {
      await using on = await waitingStage({ waiting: { keepMs: Infinity } })
      const { agent, host, runtime } = on
      const waves = async (): Promise<void> => {
        const client = new AbortController()
        const calls = Promise.allSettled(
          Array.from({ length: 20 }, (_, n) => agent.call('run', [n], { signal: client.signal })),
        )
        await host.until(20)
        await untilStats(on, { slots: 20 })
        if (way === 'abort') client.abort()
        else agent.kill('test')
        await calls
        host.answerAll()
      }
      await waves()
      const { alive } = runtime.stats().slots
      expect(alive).toBe(20)
      for (let wave = 0; wave < 10; wave++) await waves()
      expect(runtime.stats().slots.alive).toBe(20)
      await expectNothingLeft(on)
    },
  )
})

describe('guests of several agents that go on', () => {
  it('come before those that begin, in turns', async () => {
    await using on = await waitingStage({ waiting: { keepMs: 0 }, pool: { maxMemories: 2 } })
    const { host } = on
    const agents = [on.agent, await on.another(), await on.another()]
    const order: string[] = []
    const calls = agents.flatMap((agent, i) =>
      Array.from({ length: 6 }, async () => {
        await agent.call('run', [3])
        order.push(`goes on ${i}`)
      }),
    )
    await host.until(18)
    const begun = agents.map(async (agent) => {
      await agent.call('long', [10])
      order.push('begins')
    })
    host.answerAll()
    await Promise.all([...calls, ...begun])
    // Those that began had found the slot free.
    expect(order.slice(-18).filter((each) => each === 'begins').length).toBeLessThanOrEqual(3)
    expect(new Set(order.filter((each) => each !== 'begins').slice(0, 3)).size).toBeGreaterThan(1)
    await expectNothingLeft(on)
  })
})

describe('agents that wait for agents', () => {
  it('need one slot for all of them', async () => {
    await using on = await waitingStage({
      waiting: { keepMs: Infinity },
      pool: { maxMemories: 2 },
    })
    const inner = on.agent
    const middle = await on.another({}, { slow: (n: number) => inner.call('run', [n + 1]) })
    const outer = await on.another({}, { slow: (n: number) => middle.call('run', [n + 1]) })
    const numbers = Array.from({ length: 12 }, (_, n) => n)
    const calls = Promise.all(numbers.map((n) => outer.call('run', [n])))
    expect(await answering(on, calls)).toEqual(numbers)
    expect(on.runtime.stats().slots.alive).toBe(1)
    await expectNothingLeft(on)
  })
})
