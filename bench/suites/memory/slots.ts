/**
 * Invocations that wait at once on one thread and keep their slots, and the slots that are idle after them.
 *
 * V8 allows 16,283 linear memories in a process. A slot that marks its pages has two, so ten thousand at once
 * are possible only for agents that are reset by copying.
 *
 * @module
 */
import { freemem } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Agent } from '../../../runtime/agents/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import { residentBytes } from '../../measure/resident.ts'
import type { Finding } from '../../measure/result.ts'
import { constant } from '../../measure/statistics.ts'
import { agentSubject } from '../agents/subjects/components.ts'
import type { Case, CaseContext } from '../suite.ts'

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB
const POOL = { maxBytes: 32 * GIB, maxMemories: 16_000, idleMs: 600_000 }
/** The most that a slot takes, with room for the rest of the process. */
const NEEDED_A_SLOT = 1.2 * MIB
const WARM_UPS = 50
/** Of a thousand invocations of marking slots. */
const GOAL = { on: 'value', quantile: 'p50', atMost: 400 } as const

export const slots: Case = {
  name: 'slots',
  against: false,
  run: (context) => measure(context, 'pages', context.quick ? [1, 100] : [1, 100, 1000]),
}

export const copiedSlots: Case = {
  name: 'slots-copied',
  against: false,
  run: (context) => measure(context, 'copy', context.quick ? [1, 100] : [1, 100, 1000, 10_000]),
}

async function measure(
  { progress, skip }: CaseContext,
  reset: 'pages' | 'copy',
  counts: readonly number[],
): Promise<Finding[]> {
  const waiting: (() => void)[] = []
  const http = {
    name: 'bench',
    fetch: () =>
      new Promise<Response>((resolve) => waiting.push(() => resolve(new Response('late')))),
  }
  const ask = async (agent: Agent, count: number, meanwhile?: () => unknown): Promise<void> => {
    const request = new Request('http://any/')
    const answers = Array.from({ length: count }, () => agent.fetch(request))
    // An invocation that failed never waits. Then this throws instead of waiting for it.
    await Promise.race([Promise.all(answers), allWait(waiting, count)])
    await meanwhile?.()
    for (const go of waiting.splice(0)) go()
    for (const answer of await Promise.all(answers)) {
      assertEqualAnswers({ expected: 'late', mayfly: await answer.text() })
    }
  }
  const built = await agentSubject('waiting')
  const limits = { ...built.manifest.limits, reset }
  const load = (): Promise<[Runtime, Agent]> => {
    // Guests that wait keep their slots: these are measured.
    const runtime = new Runtime({ drivers: { http }, pool: POOL, waiting: { max: 0 } })
    const loading = runtime.load({ ...built, manifest: { ...built.manifest, limits } })
    return loading.then((agent) => [runtime, agent])
  }
  // The first runtime also brings compiled code and more, which does not belong to a slot.
  const [first, warm] = await load()
  for (let index = 0; index < WARM_UPS; index++) await ask(warm, 1)
  await first.close()
  const [, agent] = await load()
  const empty = await residentBytes()
  const findings: Finding[] = []
  for (const [index, count] of counts.entries()) {
    if (count * NEEDED_A_SLOT > freemem()) {
      skip(`${count} suspended invocations: needs ${Math.ceil((count * NEEDED_A_SLOT) / GIB)} GiB`)
      continue
    }
    let suspended = 0
    await ask(agent, count, async () => (suspended = (await residentBytes()) - empty))
    const idle = (await residentBytes()) - empty
    const subject = `${count} at once${reset === 'copy' ? ', reset by copying' : ''}`
    findings.push(
      {
        measure: 'resident, each suspended invocation',
        subject,
        unit: 'KiB',
        value: constant(suspended / count / KIB),
        ...(count === 1000 && reset === 'pages' ? { goal: GOAL } : {}),
      },
      {
        measure: 'resident, each idle slot',
        subject,
        unit: 'KiB',
        value: constant(idle / count / KIB),
      },
    )
    progress((index + 1) / counts.length)
  }
  return findings
}

async function allWait(waiting: readonly unknown[], count: number): Promise<void> {
  while (waiting.length < count) await sleep(5)
}
