import { testLeaving } from '../agents/testing/leaving.ts'
import { memorySite } from './testing/memory-process.ts'

testLeaving({
  name: 'in the process of its group',
  options: (waiting) => ({ site: memorySite({}, { waiting }).site }),
})
