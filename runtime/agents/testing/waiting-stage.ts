/**
 * A runtime with an agent that waits without a stack, and checks of what is left of such guests, for tests.
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco'
import { expect, vi } from 'vitest'
import { random } from '../../stamp/testing/random.ts'
import { Runtime, type Agent, type InvocationRecord, type RuntimeOptions } from '../index.ts'
import { SlowHost, WAITING } from './waiting.ts'

/** Two memories a slot: the guest's and its marks. */
export const TWO_SLOTS = { maxMemories: 4 }

type Limits = Readonly<Record<string, unknown>>

export interface WaitingStage extends AsyncDisposable {
  readonly runtime: Runtime
  readonly agent: Agent
  readonly host: SlowHost
  readonly records: InvocationRecord[]
  /** Loads it once more, under another name. */
  another(limits?: Limits): Promise<Agent>
}

export async function waitingStage(
  options: Partial<RuntimeOptions> = {},
  limits: Limits = {},
): Promise<WaitingStage> {
  const component = await waitingComponent()
  const host = new SlowHost()
  const records: InvocationRecord[] = []
  const runtime = new Runtime({
    capabilities: [],
    onInvocation: (record) => void records.push(record),
    ...options,
  })
  let loaded = 0
  const another: WaitingStage['another'] = (own = {}) =>
    runtime.load({
      component,
      manifest: { name: `waiting-${loaded++}`, limits: { deadlineMs: 60_000, ...limits, ...own } },
      imports: host.imports,
    })
  return {
    runtime,
    agent: await another(),
    host,
    records,
    another,
    async [Symbol.asyncDispose]() {
      for (const agent of runtime.agents) agent.kill('the test is over')
      await runtime.close()
    },
  }
}

let parsed: Promise<Uint8Array> | undefined
function waitingComponent(): Promise<Uint8Array> {
  return (parsed ??= parse(WAITING))
}

/** Resolves once `agent` has so many guests without a slot. */
export async function untilAway(agent: Agent, guests: number): Promise<void> {
  await vi.waitFor(() => expect(agent.stats().waiting.guests).toBe(guests), {
    timeout: 10_000,
    interval: 1,
  })
}

/** Nothing is left of guests that have waited, and the next call is right. */
export async function expectNothingLeft({ runtime, agent, host }: WaitingStage): Promise<void> {
  expect(agent.stats()).toMatchObject({
    active: 0,
    running: 0,
    slots: 0,
    slotsWaiting: 0,
    waiting: { guests: 0, bytes: 0, kept: {} },
  })
  expect(runtime.stats()).toMatchObject({
    active: 0,
    slots: { waiting: 0 },
    waiting: { guests: 0, bytes: 0 },
  })
  host.answerAll()
  const next = agent.call('run', [6])
  await Promise.race([host.until(1), next])
  host.answerAll()
  expect(await next).toBe(6)
}

/** Runs many guests that are answered in any order. Returns the answers that are wrong. */
export async function storm(
  { agent, host }: WaitingStage,
  guests: number,
  seed: number,
): Promise<unknown[]> {
  const { below } = random(seed)
  const calls = Array.from({ length: guests }, async (_, n) => {
    const answer = await agent.call('run', [n + 1]).catch((error: unknown) => String(error))
    return answer === n + 1 ? [] : [answer]
  })
  let done = false
  const all = Promise.all(calls).finally(() => (done = true))
  const step = (): void => {
    if (done) return
    for (let count = below(4); count > 0; count--)
      if (host.pending > 0) host.answer(below(host.pending))
    setTimeout(step, below(3) * 4)
  }
  step()
  return (await all).flat()
}
