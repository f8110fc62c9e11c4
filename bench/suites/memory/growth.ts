/** One agent, asked again and again. @module */
import { Runtime } from '../../../runtime/presets/index.ts'
import { residentBytes } from '../../measure/resident.ts'
import { constant } from '../../measure/statistics.ts'
import { agentSubject } from '../agents/subjects/components.ts'
import type { Case } from '../suite.ts'

const KIB = 1024
const REQUESTS = { quick: 4000, full: 100_000 }

export const growth: Case = {
  name: 'growth',
  against: false,
  async run({ quick, progress }) {
    const requests = quick ? REQUESTS.quick : REQUESTS.full
    const agent = await new Runtime().load(await agentSubject('fetch'))
    const request = new Request('http://any/')
    const ask = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index++) await agent.fetch(request)
    }
    await ask(requests / 10)
    const before = await residentBytes()
    for (let tenth = 1; tenth <= 10; tenth++) {
      await ask(requests / 10)
      progress(tenth / 10)
    }
    const grown = (await residentBytes()) - before
    return [
      {
        measure: `growth over ${requests.toLocaleString('en')} requests`,
        subject: 'mayfly',
        unit: 'KiB',
        value: constant(grown / KIB),
      },
    ]
  },
}
