/**
 * The cost of turns for an agent whose guests are never suspended: the same calls, entered so that they can be
 * suspended, and entered plainly.
 *
 * @module
 */
import { Runtime } from '../../../runtime/presets/index.ts'
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import { interleave, named, ratioOf } from '../../measure/interleave.ts'
import type { Finding } from '../../measure/result.ts'
import { agentSubject, assemblyScript, warmComponent } from '../agents/subjects/components.ts'
import type { Case } from '../suite.ts'

const MAX_RATIO = 1.03
const TEXT = 'a few words of a text'

interface Called {
  readonly what: string
  call(turns: 'fair' | 'adaptive'): Promise<() => unknown>
}

const CALLED: readonly Called[] = [
  {
    what: 'a request to a TypeScript agent',
    async call(turns) {
      const runtime = new Runtime({ turns })
      const agent = await runtime.load(await agentSubject('fetch'))
      return async () => (await agent.fetch(new Request('http://any/'))).text()
    },
  },
  {
    what: 'an export without a loop',
    async call(turns) {
      const agent = await new Runtime({ turns }).load({
        component: await warmComponent(),
        manifest: { name: 'warm' },
      })
      return () => agent.call('add', [1, 2])
    },
  },
  {
    what: 'an export with a loop, AssemblyScript',
    async call(turns) {
      const { component } = await assemblyScript('words')
      const agent = await new Runtime({ turns }).load({ component, manifest: { name: 'words' } })
      return () => agent.call('count', [TEXT])
    },
  },
]

export const turnCost: Case = {
  name: 'turn-cost',
  async run({ sampling }) {
    const findings: Finding[] = []
    for (const { what, call } of CALLED) {
      const subjects = [
        { name: 'in turns', run: await call('fair') },
        { name: 'plainly', run: await call('adaptive') },
      ]
      const answers: Record<string, unknown> = {}
      for (const { name, run } of subjects) answers[name] = await run()
      assertEqualAnswers(answers)
      const measured = await interleave(subjects, sampling)
      const inTurns = named(measured, 'in turns')
      findings.push({
        measure: `${what}, never suspended`,
        subject: 'mayfly',
        unit: 'µs',
        value: inTurns.time,
        cpu: inTurns.cpu,
        ratio: { of: 'entered plainly', value: ratioOf(inTurns, named(measured, 'plainly')) },
        goal: { on: 'ratio', quantile: 'p50', atMost: MAX_RATIO },
      })
    }
    return findings
  },
}
