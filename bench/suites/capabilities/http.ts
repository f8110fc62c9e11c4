/** Outbound requests: the cost of one `fetch` of a guest with a driver that does nothing, its body read. @module */
import type { HttpDriver } from '../../../runtime/capabilities/http/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { assertEqualAnswers, get } from '../../contenders/agent-message.ts'
import { interleave, named } from '../../measure/interleave.ts'
import type { Finding } from '../../measure/result.ts'
import { HANDLE } from '../agents/subjects/components.ts'
import type { Case, CaseContext } from '../suite.ts'
import { addedCost } from './added-cost.ts'
import { capabilitySubject } from './subjects/agents.ts'

// Few enough that a run is shorter than the slice of time a busy machine gives.
const CALLS = 20
const MAX_ADDED_MICROS = 40
const TEXT = '{"ok":true}'
const BYTES = new TextEncoder().encode(TEXT)
const HEADERS: readonly [string, string][] = [['content-type', 'application/json']]

// Its own time counts as well: a driver of the Web cannot be without it.
const web: HttpDriver = {
  name: 'web',
  fetch: async () => new Response(TEXT, { headers: [...HEADERS] }),
}
const plain: HttpDriver = {
  ...web,
  name: 'plain',
  exchange: () => ({ status: 200, headers: HEADERS, body: BYTES }),
}

export const httpPlain: Case = { name: 'http-plain', run: (context) => measure(plain, context) }
export const httpWeb: Case = { name: 'http-web', run: (context) => measure(web, context) }

async function measure(driver: HttpDriver, { sampling }: CaseContext): Promise<Finding[]> {
  const runtime = new Runtime({ drivers: { http: driver } })
  const agent = await runtime.load(await capabilitySubject('http'))
  const ask = (count: number): Promise<unknown> => agent.call(HANDLE, [get(`http://any/${count}`)])
  const answered = (await ask(1)) as { body: Uint8Array } // The type in the handler interface.
  assertEqualAnswers({ expected: TEXT, script: new TextDecoder().decode(answered.body) })
  const measured = await interleave(
    [
      { name: 'calls', run: () => ask(CALLS) },
      { name: 'none', run: () => ask(0) },
    ],
    sampling,
  )
  const value = addedCost({
    calls: named(measured, 'calls'),
    none: named(measured, 'none'),
    count: CALLS,
  })
  return [
    {
      measure: `fetch with an empty driver of ${driver.name === 'web' ? 'the Web' : 'plain values'}: added for a guest`,
      subject: 'TypeScript agent',
      unit: 'µs',
      value,
      ...(driver === plain && { goal: { on: 'value', quantile: 'p50', atMost: MAX_ADDED_MICROS } }),
      note: 'quantiles are over rounds',
    },
  ]
}
