/** How long after its deadline a guest that never ends has been stopped. @module */
import { isMayflyError } from '../../../runtime/errors/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { summarise } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'
import { agentSubject, HANDLE } from './subjects/components.ts'
import { get } from '../../contenders/agent-message.ts'

const DEADLINE_MS = 20
const STOPS = { quick: 60, full: 500 }

export const deadline: Case = {
  name: 'deadline',
  against: false,
  async run({ quick, progress }) {
    const stops = quick ? STOPS.quick : STOPS.full
    const { component, manifest } = await agentSubject('looping')
    const limits = { ...manifest.limits, deadlineMs: DEADLINE_MS }
    const agent = await new Runtime().load({ component, manifest: { ...manifest, limits } })
    const late: number[] = []
    for (let stop = 0; stop < stops; stop++) {
      const start = performance.now()
      const code = await agent.call(HANDLE, [get('http://any/')]).then(
        () => 'none',
        (error: unknown) => (isMayflyError(error) ? error.code : String(error)),
      )
      if (code !== 'ERR_LIMIT_EXCEEDED') throw new Error(`Cannot time the stop: ${code}`)
      late.push(performance.now() - start - DEADLINE_MS)
      progress((stop + 1) / stops)
    }
    return [
      {
        measure: 'endless loop: from the deadline to the guest stopped',
        subject: 'mayfly',
        unit: 'ms',
        value: summarise(late),
        goal: { on: 'value', quantile: 'p99', atMost: 5 },
      },
    ]
  },
}
