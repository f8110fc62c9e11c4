import { testLeaving } from './testing/leaving.ts'

testLeaving({ name: 'on this thread', options: (waiting) => ({ waiting }) })
