/** Agents that call agents: each call in fresh state. @module */
import { Runtime } from '../../../runtime/presets/index.ts'
import { assertEqualAnswers, get } from '../../contenders/agent-message.ts'
import { interleave, named } from '../../measure/interleave.ts'
import type { Case } from '../suite.ts'
import { HANDLE } from '../agents/subjects/components.ts'
import { addedCost } from './added-cost.ts'
import { capabilitySubject } from './subjects/agents.ts'

// Few enough that a run is shorter than the slice of time a busy machine gives.
const CALLS = 10
const MAX_MICROS = 30

export const toolCall: Case = {
  name: 'tool-call',
  async run({ sampling }) {
    const runtime = new Runtime()
    await runtime.load(await capabilitySubject('adder'))
    const caller = await runtime.load(await capabilitySubject('caller'))
    const ask = async (count: number): Promise<string> => {
      const { body } = (await caller.call(HANDLE, [get(`http://any/${count}`)])) as {
        body: Uint8Array // The type in the handler interface.
      }
      return new TextDecoder().decode(body)
    }
    assertEqualAnswers({ expected: String(CALLS), caller: await ask(CALLS) })
    const measured = await interleave(
      [
        { name: 'calls', run: () => ask(CALLS) },
        { name: 'none', run: () => ask(0) },
      ],
      sampling,
    )
    return [
      {
        measure: 'tool call with fresh state, caller JS, callee AssemblyScript',
        subject: 'mayfly',
        unit: 'µs',
        value: addedCost({
          calls: named(measured, 'calls'),
          none: named(measured, 'none'),
          count: CALLS,
        }),
        goal: { on: 'value', quantile: 'p50', atMost: MAX_MICROS },
        note: 'quantiles are over rounds',
      },
    ]
  },
}
