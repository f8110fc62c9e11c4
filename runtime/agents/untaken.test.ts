import { testUntaken } from './testing/untaken.ts'

testUntaken('on this thread', (bodies) => ({ bodies }))
