/** One import that suspends the guest and resolves at once. @module */
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import { jco, jcoFunction } from '../../contenders/jco.ts'
import { interleave, named, ratioOf } from '../../measure/interleave.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import type { Case } from '../suite.ts'
import { HOST_INTERFACE, waitingComponent } from './subjects/components.ts'

export const suspend: Case = {
  name: 'suspend',
  async run({ sampling }) {
    const component = await waitingComponent()
    const imports = { [HOST_INTERFACE]: { wait: (n: number) => Promise.resolve(n + 1) } }
    const agent = await new Runtime().load({ component, manifest: { name: 'waiting' }, imports })
    const instantiate = await jco(component, {
      asyncExports: ['run'],
      asyncImports: [`${HOST_INTERFACE}#wait`],
      imports,
    })
    const fresh = (): unknown => jcoFunction(instantiate(), 'run')(1)
    assertEqualAnswers({ expected: 2, mayfly: await agent.call('run', [1]), jco: await fresh() })
    const measured = await interleave(
      [
        { name: 'mayfly', run: () => agent.call('run', [1]) },
        { name: 'jco', run: fresh },
      ],
      sampling,
    )
    const measure = 'fresh state + call with an import that suspends'
    const own = named(measured, 'mayfly')
    const other = named(measured, 'jco')
    return [
      {
        measure,
        subject: 'mayfly',
        unit: 'µs',
        value: own.time,
        cpu: own.cpu,
        ratio: { of: 'jco ÷ mayfly', value: ratioOf(other, own) },
        goal: { on: 'value', quantile: 'p50', atMost: 25 },
      },
      { measure, subject: 'jco', contender: true, unit: 'µs', value: other.time, cpu: other.cpu },
    ]
  },
}
