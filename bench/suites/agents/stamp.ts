/** The stamp alone, after a small request of a JavaScript agent, and the cost of marking and fuel. @module */
import { assertEqualAnswers, get } from '../../contenders/agent-message.ts'
import { interleave, named, ratioOf } from '../../measure/interleave.ts'
import type { Finding } from '../../measure/result.ts'
import type { Case } from '../suite.ts'
import { holdSlot, type HeldSlot } from './held-slot.ts'
import { HANDLE, handlerSource, onQuickJs } from './subjects/components.ts'

const GOALS = [
  { mode: 'pages', marks: true, atMost: 6 },
  { mode: 'copy', marks: false, atMost: 40 },
] as const

export const stamp: Case = {
  name: 'stamp',
  async run({ sampling }) {
    const component = await onQuickJs(await handlerSource('greeter'))
    const request = get('http://any/ada')
    const slots = await Promise.all(
      GOALS.map(({ marks }) => holdSlot(component, { marks, fuel: true })),
    )
    const measured = await interleave(
      slots.map((slot, index) => ({
        name: GOALS[index]?.mode ?? '',
        before: () => slot.call(HANDLE, [request]),
        run: () => slot.stamp(),
      })),
      sampling,
    )
    return GOALS.map(({ mode, atMost }) => ({
      measure: 'JS: stamp alone',
      subject: `mayfly, ${mode}`,
      unit: 'µs' as const,
      value: named(measured, mode).time,
      goal: { on: 'value', quantile: 'p50', atMost } as const,
    }))
  },
}

const WORKLOADS = ['fib', 'json', 'strings'] as const
const VARIANTS = [
  { name: 'plain', marks: false, fuel: false, atMost: Infinity },
  { name: 'marking', marks: true, fuel: false, atMost: 1.18 },
  { name: 'fuel', marks: false, fuel: true, atMost: 1.2 },
  { name: 'marking and fuel', marks: true, fuel: true, atMost: 1.4 },
] as const

/** The run time that rewriting adds to the QuickJS engine. */
export const rewriting: Case = {
  name: 'rewriting',
  async run({ sampling, progress }) {
    const component = await onQuickJs(await handlerSource('workloads'))
    const slots: HeldSlot[] = []
    for (const setting of VARIANTS) slots.push(await holdSlot(component, setting))
    const findings: Finding[] = []
    for (const [index, workload] of WORKLOADS.entries()) {
      const request = get(`http://any/${workload}`)
      const answers: Record<string, unknown> = {}
      for (const [i, { name }] of VARIANTS.entries()) {
        answers[name] = await slots[i]?.call(HANDLE, [request])
      }
      assertEqualAnswers(answers)
      const measured = await interleave(
        slots.map((slot, i) => ({
          name: VARIANTS[i]?.name ?? '',
          before: () => slot.stamp(),
          run: () => slot.call(HANDLE, [request]),
        })),
        sampling,
      )
      const plain = named(measured, 'plain')
      for (const { name, atMost } of VARIANTS) {
        const own = named(measured, name)
        findings.push({
          measure: `QuickJS, ${workload}: run time`,
          subject: name,
          unit: 'µs',
          value: own.time,
          cpu: own.cpu,
          ...(own === plain
            ? {}
            : {
                ratio: { of: `${name} ÷ plain`, value: ratioOf(own, plain) },
                goal: { on: 'ratio', quantile: 'p50', atMost },
              }),
        })
      }
      progress((index + 1) / WORKLOADS.length)
    }
    return findings
  },
}
