/**
 * Guests that go on after their answer, and guests whose client leaves before it.
 *
 * @module
 */
import { describe, expect, test } from 'vitest'
import { RESTING } from '../link/testing/resting.ts'
import type { Agent, InvocationRecord, RuntimeOptions } from './index.ts'
import { stage, type Stage } from './testing/stage.ts'

interface Scene extends AsyncDisposable {
  readonly agent: Agent
  readonly answers: PromiseWithResolvers<number>[]
  /** Resolves with the record of the next invocation that ends. */
  readonly ended: Promise<InvocationRecord>
}

async function open(
  limits: Readonly<Record<string, unknown>> = {},
  options: Partial<RuntimeOptions> = {},
): Promise<Scene> {
  const answers: PromiseWithResolvers<number>[] = []
  const ended = Promise.withResolvers<InvocationRecord>()
  const theatre: Stage = await stage({
    ...options,
    onInvocation: (record) => {
      if (record.agent === 'agent-2') ended.resolve(record)
    },
  })
  const slow = (): Promise<number> => {
    const answer = Promise.withResolvers<number>()
    answers.push(answer)
    return answer.promise
  }
  const agent = await theatre.load(RESTING, { imports: { slow }, limits })
  return {
    agent,
    answers,
    ended: ended.promise,
    [Symbol.asyncDispose]: () => theatre[Symbol.asyncDispose](),
  }
}

describe('an answer', () => {
  test('leaves when the guest returns it, and the invocation ends with the guest', async () => {
    await using scene = await open()
    const { agent, answers, ended } = scene
    expect(await agent.call('early', [2])).toBe(42)
    expect(agent.stats()).toMatchObject({ active: 1, invocations: 1 })
    answers[0]?.resolve(1)
    while (answers.length < 2) await turn()
    expect(agent.stats().active).toBe(1)
    answers[1]?.resolve(1)
    expect((await ended).outcome).toEqual({ state: 'completed', status: 200 })
    expect(agent.stats()).toMatchObject({ active: 0, failures: 0 })
  })

  test('stands when the guest fails afterwards, and the failure is recorded', async () => {
    await using scene = await open()
    const { agent, answers, ended } = scene
    expect(await agent.call('early', [1])).toBe(42)
    answers[0]?.reject(new Error('gone'))
    expect((await ended).outcome).toMatchObject({ state: 'trapped' })
    expect(agent.stats()).toMatchObject({ active: 0, failures: 1 })
  })

  test('does not keep the guest in its slot', async () => {
    await using scene = await open({}, { waiting: { keepMs: 0 } })
    const { agent, answers, ended } = scene
    expect(await agent.call('early', [1])).toBe(42)
    while (agent.stats().waiting.guests === 0) await turn()
    answers[0]?.resolve(1)
    expect((await ended).outcome.state).toBe('completed')
  })

  test('does not take the guest out of its limits', async () => {
    await using scene = await open({ deadlineMs: 50 })
    expect(await scene.agent.call('early', [1])).toBe(42)
    expect((await scene.ended).outcome).toMatchObject({ state: 'limited', limit: 'deadline' })
  })

  test('does not keep an operator from stopping the guest', async () => {
    await using scene = await open()
    expect(await scene.agent.call('early', [1])).toBe(42)
    expect(scene.agent.kill()).toBe(1)
    expect((await scene.ended).outcome).toMatchObject({ state: 'killed' })
  })

  test('frees the guest from its client', async () => {
    await using scene = await open()
    const { agent, answers, ended } = scene
    const client = new AbortController()
    expect(await agent.call('early', [1], { signal: client.signal })).toBe(42)
    client.abort()
    await turn()
    expect(agent.stats().active).toBe(1)
    answers[0]?.resolve(1)
    expect((await ended).outcome.state).toBe('completed')
  })
})

describe('a client that leaves', () => {
  test.each([
    ['ends the guest that agrees', 0, 'killed'],
    ['stops the guest that does not react in time', 5, 'killed'],
    ['lets the guest return', 1, 'completed'],
    ['does not hide that the guest traps', 3, 'trapped'],
  ])('%s', async (_, n, state) => {
    await using scene = await open()
    const { agent, answers, ended } = scene
    const client = new AbortController()
    const running = agent.call('cancelled', [n], { signal: client.signal })
    running.catch(() => {})
    expect(answers).toHaveLength(1)
    client.abort()
    expect((await ended).outcome.state).toBe(state)
    if (state === 'killed') await expect(running).rejects.toThrow('the client went away')
    expect(agent.stats().active).toBe(0)
    const other = agent.call('sum', [1])
    answers[1]?.resolve(3)
    expect(await other).toBe(3)
  })

  test.each([
    [0, 'killed'],
    [1, 'completed'],
  ])('is heard of by a guest without a slot: %i', async (n, state) => {
    await using scene = await open({}, { waiting: { keepMs: 0 } })
    const { agent, ended } = scene
    const client = new AbortController()
    const running = agent.call('cancelled', [n], { signal: client.signal })
    running.catch(() => {})
    while (agent.stats().waiting.guests === 0) await turn()
    client.abort()
    expect((await ended).outcome.state).toBe(state)
    expect(agent.stats()).toMatchObject({ active: 0, waiting: { guests: 0, bytes: 0 } })
  })

  test('lets the guest go on for a moment', async () => {
    await using scene = await open()
    const { agent, answers, ended } = scene
    const client = new AbortController()
    const running = agent.call('cancelled', [5], { signal: client.signal })
    client.abort()
    await turn()
    answers[0]?.resolve(9)
    expect(await running).toBe(9)
    expect((await ended).outcome.state).toBe('completed')
  })
})

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
