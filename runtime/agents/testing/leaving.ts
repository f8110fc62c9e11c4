/**
 * Guests that go on after their answer, and guests whose client leaves before it: the tests of every place where guests
 * run.
 *
 * @module
 */
import { describe, expect, test, vi } from 'vitest'
import { RESTING } from '../../link/testing/resting.ts'
import type { Agent, InvocationRecord, RuntimeOptions } from '../index.ts'
import { stage, type Stage } from './stage.ts'

/** Where guests run. */
export interface Place {
  readonly name: string
  /** Options of a runtime whose guests run there. */
  options(waiting: NonNullable<RuntimeOptions['waiting']>): Partial<RuntimeOptions>
}

interface Scene extends AsyncDisposable {
  readonly agent: Agent
  readonly answers: PromiseWithResolvers<number>[]
  /** Resolves with the record of the next invocation that ends. */
  readonly ended: Promise<InvocationRecord>
}

async function openAt(
  place: Place,
  limits: Readonly<Record<string, unknown>> = {},
  waiting: RuntimeOptions['waiting'] = {},
): Promise<Scene> {
  const answers: PromiseWithResolvers<number>[] = []
  const ended = Promise.withResolvers<InvocationRecord>()
  const theatre: Stage = await stage({
    ...place.options(waiting),
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

/** Tests what guests do there. */
export function testLeaving(place: Place): void {
  const open = (
    limits?: Readonly<Record<string, unknown>>,
    waiting?: RuntimeOptions['waiting'],
  ): Promise<Scene> => openAt(place, limits, waiting)

  describe(`an answer, ${place.name},`, () => {
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
      while (answers.length < 1) await turn()
      answers[0]?.reject(new Error('gone'))
      expect((await ended).outcome).toMatchObject({ state: 'trapped' })
      expect(agent.stats()).toMatchObject({ active: 0, failures: 1 })
    })

    test('does not keep the guest in its slot', async () => {
      await using scene = await open({}, { keepMs: 0 })
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

  describe(`a client that leaves, ${place.name},`, () => {
    test.each([
      ['ends the guest that agrees', 0, 'abandoned'],
      ['stops the guest that does not react in time', 5, 'abandoned'],
      ['lets the guest return, for itself alone', 1, 'abandoned'],
      ['does not hide that the guest traps', 3, 'trapped'],
    ])('%s', async (_, n, state) => {
      await using scene = await open()
      const { agent, answers, ended } = scene
      const client = new AbortController()
      const running = agent.call('cancelled', [n], { signal: client.signal })
      running.catch(() => {})
      while (answers.length < 1) await turn()
      client.abort()
      expect((await ended).outcome.state).toBe(state)
      if (state === 'abandoned') await expect(running).rejects.toThrow('the client went away')
      expect(agent.stats().active).toBe(0)
      const other = agent.call('sum', [1])
      while (answers.length < 2) await turn()
      answers[1]?.resolve(3)
      expect(await other).toBe(3)
    })

    test.each([
      ['which agrees', 0],
      ['which returns', 1],
    ])('is heard of by a guest without a slot, %s', async (_, n) => {
      await using scene = await open({}, { keepMs: 0 })
      const { agent, ended } = scene
      const client = new AbortController()
      const running = agent.call('cancelled', [n], { signal: client.signal })
      running.catch(() => {})
      while (agent.stats().waiting.guests === 0) await turn()
      client.abort()
      expect((await ended).outcome.state).toBe('abandoned')
      await vi.waitFor(() =>
        expect(agent.stats()).toMatchObject({ active: 0, waiting: { guests: 0, bytes: 0 } }),
      )
    })

    test('lets the guest go on for a moment', async () => {
      await using scene = await open()
      const { agent, answers, ended } = scene
      const client = new AbortController()
      const running = agent.call('cancelled', [5], { signal: client.signal })
      while (answers.length < 1) await turn()
      client.abort()
      await turn()
      answers[0]?.resolve(9)
      await expect(running).rejects.toMatchObject({ code: 'ERR_CLIENT_GONE' })
      // Not a second later, when it would have been stopped.
      expect(await ended).toMatchObject({ outcome: { state: 'abandoned' } })
      expect((await ended).durationMs).toBeLessThan(900)
    })
  })
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
