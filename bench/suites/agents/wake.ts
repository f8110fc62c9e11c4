/**
 * A JS agent that waits for its upstream, from the event to the answer: when it has kept its slot, and when it has given
 * it back.
 *
 * @module
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Agent } from '../../../runtime/agents/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import { constant, summarise } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'
import { agentSubject } from './subjects/components.ts'

const MICROS = 1000
const ROUNDS = { quick: 40, full: 400 }
const WARM_UP_ROUNDS = 20
const CALLS = 20

interface Waiter {
  readonly name: string
  readonly agent: Agent
  readonly answer: () => void
  readonly times: number[]
}

export const wake: Case = {
  name: 'wake',
  async run({ quick, progress }) {
    const kept = await open('kept its slot', Infinity)
    const moved = await open('gave its slot back', 0)
    const rounds = WARM_UP_ROUNDS + (quick ? ROUNDS.quick : ROUNDS.full)
    for (let round = 0; round < rounds; round++) {
      for (const waiter of [kept, moved])
        for (let call = 0; call < CALLS; call++) await ask(waiter, round >= WARM_UP_ROUNDS)
      progress(round / rounds)
    }
    const [before, after] = [summarise(kept.times), summarise(moved.times)]
    const measure = 'from the event to the answer, JS agent'
    return [
      { measure, subject: kept.name, unit: 'µs', value: before },
      {
        measure,
        subject: moved.name,
        unit: 'µs',
        value: after,
        ratio: { of: 'gave back ÷ kept', value: constant(after.p50 / before.p50) },
      },
      {
        measure: 'waking without a slot adds (p50)',
        subject: 'mayfly',
        unit: 'µs',
        value: constant(after.p50 - before.p50),
        note: 'stamp included',
        goal: { on: 'value', quantile: 'p50', atMost: 40 },
      },
    ]
  },
}

async function open(name: string, keepMs: number): Promise<Waiter> {
  const pending: (() => void)[] = []
  const http = {
    name: 'bench',
    fetch: () => new Promise<Response>((go) => pending.push(() => go(new Response('late')))),
  }
  const runtime = new Runtime({ drivers: { http }, waiting: { keepMs } })
  const agent = await runtime.load(await agentSubject('waiting'))
  return { name, agent, times: [], answer: () => void pending.pop()?.() }
}

async function ask({ agent, answer, times }: Waiter, counts: boolean): Promise<void> {
  const asked = agent.fetch(new Request('http://any/'))
  // Giving the slot back is over by then.
  await nextTurn()
  const started = performance.now()
  answer()
  const response = await asked
  if (counts) times.push((performance.now() - started) * MICROS)
  assertEqualAnswers({ expected: 'late', mayfly: await response.text() })
}
