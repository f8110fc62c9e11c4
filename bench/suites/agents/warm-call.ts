/** Calls of a warm instance without stamping: the cost of crossing the border, beside jco's generated code. @module */
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import { jco, jcoFunction } from '../../contenders/jco.ts'
import { interleave, named, ratioOf } from '../../measure/interleave.ts'
import type { Finding } from '../../measure/result.ts'
import type { Case } from '../suite.ts'
import { holdSlot } from './held-slot.ts'
import { warmComponent } from './subjects/components.ts'

const TEXT =
  'The quick brown fox jumps over the lazy dog, and back again, until it has said one hundred bytes.txt'
const POINT = { a: 1, b: 2, c: 0.5, d: 0.25, e: true, f: 7, g: 9n, h: 'x' }
const SWAPPED = { ...POINT, a: 2, b: 1, c: 0.25, d: 0.5 }

const CALLS = [
  { measure: 'warm call: add(u32, u32)', name: 'add', args: [1, 2], expected: 3 },
  { measure: 'warm call: echo of 100 bytes', name: 'echo', args: [TEXT], expected: TEXT },
  { measure: 'warm call: record of 8 fields', name: 'swap', args: [POINT], expected: SWAPPED },
] as const

export const warmCall: Case = {
  name: 'warm-call',
  async run({ sampling }) {
    const component = await warmComponent()
    const slot = await holdSlot(component, { marks: false, fuel: true })
    const exports = (await jco(component))()
    const findings: Finding[] = []
    for (const { measure, name, args, expected } of CALLS) {
      const theirs = jcoFunction(exports, name)
      assertEqualAnswers({ expected, mayfly: slot.call(name, args), jco: theirs(...args) })
      const measured = await interleave(
        [
          { name: 'mayfly', run: () => slot.call(name, args) },
          { name: 'jco', run: () => theirs(...args) },
        ],
        sampling,
      )
      const own = named(measured, 'mayfly')
      const other = named(measured, 'jco')
      findings.push(
        {
          measure,
          subject: 'mayfly',
          unit: 'µs',
          value: own.time,
          cpu: own.cpu,
          ratio: { of: 'jco ÷ mayfly', value: ratioOf(other, own) },
          goal: { on: 'ratio', quantile: 'p50', atLeast: 10 },
        },
        { measure, subject: 'jco', contender: true, unit: 'µs', value: other.time, cpu: other.cpu },
      )
    }
    return findings
  },
}
