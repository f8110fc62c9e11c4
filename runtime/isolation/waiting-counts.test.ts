import { parse } from '@bytecodealliance/jco'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Runtime, type Agent } from '../agents/index.ts'
import { RESTING } from '../link/testing/resting.ts'
import { waiting } from './testing/isolated-stage.ts'
import { memorySite, type MemorySite } from './testing/memory-process.ts'

const LOOK_MS = 5

let there: MemorySite
let runtime: Runtime
const answers: PromiseWithResolvers<number>[] = []
const later = (): Promise<number> => {
  const answer = Promise.withResolvers<number>()
  answers.push(answer)
  return answer.promise
}

async function open(component: Uint8Array, keepMs: number): Promise<Agent> {
  answers.length = 0
  there = memorySite({ lookMs: LOOK_MS, firstRestartMs: 60_000 }, { waiting: { keepMs } })
  runtime = new Runtime({ capabilities: [], site: there.site })
  const imports = { slow: later, wait: later }
  return runtime.load({ component, manifest: { name: 'waits' }, imports })
}

afterEach(async () => {
  vi.useRealTimers()
  for (const agent of runtime.agents) agent.kill()
  await runtime.close()
})

function until(assertion: () => void): Promise<void> {
  return vi.waitFor(assertion, { timeout: 5_000, interval: 1 })
}

describe('the counts of an agent in the process of its group', () => {
  it('have guests that wait without a slot, and none once they go on', async () => {
    const agent = await open(await parse(RESTING), 0)
    const calls = [agent.call('sum', [1]), agent.call('sum', [1])]
    await until(() => expect(agent.stats().waiting.guests).toBe(2))
    expect(agent.stats()).toMatchObject({ active: 2, waiting: { moves: 2, kept: {} } })
    expect(agent.stats().waiting.bytes).toBeGreaterThan(0)
    const { waiting: all } = agent.stats()
    expect(runtime.stats().waiting).toEqual({ guests: 2, bytes: all.bytes, refused: 0 })
    for (const { resolve } of answers) resolve(4)
    expect(await Promise.all(calls)).toEqual([4, 4])
    await until(() => expect(agent.stats().waiting).toMatchObject({ guests: 0, bytes: 0 }))
    expect(runtime.stats().waiting).toEqual({ guests: 0, bytes: 0, refused: 0 })
  })

  it('have guests that keep their slots, by reason, and none once they go on', async () => {
    const agent = await open(await waiting('(call $wait (local.get 0))'), 0)
    const call = agent.call('run', [1])
    await until(() =>
      expect(agent.stats().waiting).toMatchObject({
        guests: 0,
        kept: { 'its stack is suspended': 1 },
      }),
    )
    answers[0]?.resolve(8)
    expect(await call).toBe(8)
    await until(() => expect(agent.stats().waiting.kept).toEqual({}))
  })

  it('are asked for at each look of the watchdog, until they cannot change', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] })
    const agent = await open(await parse(RESTING), 0)
    const call = agent.call('sum', [1])
    await until(() => expect(answers).toHaveLength(1))
    await look()
    expect(agent.stats().waiting.guests).toBe(1)
    answers[0]?.resolve(1)
    await call
    await look()
    expect(agent.stats().waiting.guests).toBe(0)
  })

  it('have no guests of a process that has ended', async () => {
    const agent = await open(await parse(RESTING), 0)
    const call = agent.call('sum', [1])
    await until(() => expect(agent.stats().waiting.guests).toBe(1))
    there.processes[0]?.crash()
    await expect(call).rejects.toMatchObject({ code: 'ERR_GUEST_KILLED' })
    expect(agent.stats().waiting).toMatchObject({ guests: 0, bytes: 0 })
  })
})

/** The watchdog looks, and has its answer. */
async function look(): Promise<void> {
  vi.advanceTimersByTime(LOOK_MS)
  for (let hop = 0; hop < 2; hop++) await new Promise((resolve) => setImmediate(resolve))
}
