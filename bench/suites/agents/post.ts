/**
 * A small JSON that is posted, and a small JSON as the answer: all that one who embeds an agent pays, from the making of
 * the `Request` to the text of the answer.
 *
 * @module
 */
import { Runtime } from '../../../runtime/presets/index.ts'
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import { interleave, named, ratioOf } from '../../measure/interleave.ts'
import type { Finding } from '../../measure/result.ts'
import type { Case } from '../suite.ts'
import { agentSubject } from './subjects/components.ts'
import { answerOrder, ORDER, ORDER_REQUEST, ORDER_TOTAL, orderInQuickJs } from './subjects/order.ts'

const URL = 'http://any/'
const MEASURE = 'POST of JSON, answered with JSON, fresh state'
const NOTE = 'with the making of the Request and the reading of the answer; no HTTP'
const OWN = 'mayfly'
// Until V8 has compiled all of the engine with its last compiler, some thousand requests.
const WARM_UP_MS = { quick: 800, full: 3000 }

/** The agent alone, beside a request to it that has no body. */
export const post: Case = {
  name: 'post',
  async run({ quick, sampling }) {
    const agent = await new Runtime().load(await agentSubject('order'))
    const subjects = [
      { name: OWN, run: () => textOf(agent.fetch(new Request(URL, ORDER_REQUEST))) },
      { name: 'mayfly, a GET', run: () => textOf(agent.fetch(new Request(URL))) },
    ]
    const answers: Record<string, unknown> = { expected: ORDER_TOTAL }
    for (const { name, run } of subjects) answers[name] = await run()
    assertEqualAnswers(answers)
    return (await interleave(subjects, { ...sampling, ...warmUp(quick) })).map(
      ({ name, time, cpu }, index) => ({
        measure: `agent.fetch: ${MEASURE}`,
        subject: name,
        unit: 'µs' as const,
        value: time,
        cpu,
        note: NOTE,
        ...(index === 0 ? { goal: { on: 'value', quantile: 'p50', atMost: 55 } as const } : {}),
      }),
    )
  },
}

/** The same function in other hands. */
export const postBeside: Case = {
  name: 'post-beside',
  against: false,
  async run({ quick, sampling }) {
    const agent = await new Runtime().load(await agentSubject('order'))
    const quickjs = await orderInQuickJs()
    const subjects = [
      { name: OWN, run: () => textOf(agent.fetch(new Request(URL, ORDER_REQUEST))) },
      { name: 'quickjs-emscripten, new context', run: () => quickjs(ORDER) },
      {
        name: 'the function alone in Node',
        run: () => textOf(answerOrder(new Request(URL, ORDER_REQUEST))),
      },
    ]
    const answers: Record<string, unknown> = { expected: ORDER_TOTAL }
    for (const { name, run } of subjects) answers[name] = await run()
    assertEqualAnswers(answers)
    const measured = await interleave(subjects, { ...sampling, ...warmUp(quick) })
    const own = named(measured, OWN)
    return measured.map((each): Finding => {
      const { name, time, cpu } = each
      const finding = { measure: MEASURE, subject: name, unit: 'µs', value: time, cpu } as const
      if (each === own) return { ...finding, note: NOTE }
      const ratio = { of: `${name} ÷ mayfly`, value: ratioOf(each, own) }
      return { ...finding, contender: true, ratio, note: NOTES[name] }
    })
  },
}

const NOTES: Readonly<Record<string, string>> = {
  'quickjs-emscripten, new context':
    'text in and text out: no Request, no Response; one memory for all',
  'the function alone in Node': 'no sandbox, no fresh state',
}

function warmUp(quick: boolean): { warmUpMs: number } {
  return { warmUpMs: quick ? WARM_UP_MS.quick : WARM_UP_MS.full }
}

async function textOf(answered: Promise<Response>): Promise<string> {
  return (await answered).text()
}
