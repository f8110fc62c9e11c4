import { testGivingUp } from './testing/giving-up.ts'
import { testLeaving, type Place } from './testing/leaving.ts'

const PLACE: Place = { name: 'on this thread', options: (waiting) => ({ waiting }) }

testLeaving(PLACE)
testGivingUp(PLACE)
