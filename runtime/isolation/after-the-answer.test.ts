import { testGivingUp } from '../agents/testing/giving-up.ts'
import { testLeaving, type Place } from '../agents/testing/leaving.ts'
import { memorySite } from './testing/memory-process.ts'

const PLACE: Place = {
  name: 'in the process of its group',
  options: (waiting) => ({ site: memorySite({}, waiting === undefined ? {} : { waiting }).site }),
}

testLeaving(PLACE)
testGivingUp(PLACE)
