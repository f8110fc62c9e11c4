import { testUntaken } from '../agents/testing/untaken.ts'
import { memorySite } from './testing/memory-process.ts'

testUntaken('in the process of its group', (bodies) => ({ site: memorySite({}, { bodies }).site }))
