import { expect, it } from 'vitest'
import { pairCases } from './cases.ts'

const HERE = [
  { suite: 'agents', cases: [{ name: 'js' }, { name: 'new' }, { name: 'http', against: false }] },
  { suite: 'served', cases: [], error: 'no package' },
]
const THERE = [{ suite: 'engine', cases: [{ name: 'js' }, { name: 'http' }] }]

it('pairCases() finds a case in a suite that had another name', () => {
  expect(pairCases([], HERE, THERE)).toEqual({
    pairs: [{ here: { suite: 'agents', name: 'js' }, there: { suite: 'engine', name: 'js' } }],
    remarks: [
      'only in this checkout: agents/new',
      'suite "served" of this checkout cannot be loaded: no package',
    ],
  })
})

it('pairCases() says which cases only the other checkout has', () => {
  const there = [{ suite: 'agents', cases: [{ name: 'js' }, { name: 'old' }] }]
  expect(pairCases(['agents/js'], HERE, there).remarks).toEqual([
    'only in the other checkout: agents/old',
  ])
})

it('pairCases() refuses what two checkouts are not compared by', () => {
  expect(() => pairCases(['nothing'], HERE, THERE)).toThrow('the suites are agents, served')
  expect(() => pairCases(['agents/http'], HERE, THERE)).toThrow('compared by is js, new')
})
