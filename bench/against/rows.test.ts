import { expect, it } from 'vitest'
import type { Finding } from '../measure/result.ts'
import { constant } from '../measure/statistics.ts'
import { LOOK_ROUNDS, MAX_ROUNDS } from './decide.ts'
import { reportText } from './report.ts'
import { CaseRows } from './rows.ts'

function time(measure: string, micros: number, more: Partial<Finding> = {}): Finding {
  return { measure, subject: 'mayfly', unit: 'µs', value: constant(micros), ...more }
}

function text(rows: CaseRows): string {
  const report = { name: 's/c', rows, skipped: new Set<string>(), failed: undefined }
  return reportText([report], { remarks: [], figures: true })
}

it('CaseRows decides rows of both checkouts, and names those of one', () => {
  const rows = new CaseRows()
  for (let round = 1; round <= LOOK_ROUNDS; round++) {
    rows.add({
      here: [time('slow', 20), time('slow', 20), time('even', 5), time('new', 1)],
      there: [time('slow', 10), time('even', 5), time('old', 1)],
    })
    rows.look(round, MAX_ROUNDS)
  }
  expect(rows.rows).toMatchObject([
    { measure: 'slow', state: 'worse', ratios: Array<number>(LOOK_ROUNDS).fill(2) },
    { measure: 'even', state: 'same' },
  ])
  expect(rows.isDecided).toBe(true)
  const lines = text(rows).split('\n')
  expect(lines).toContainEqual(expect.stringMatching(/^! {2}s\/c +slow +mayfly +2\.000 .* 8$/))
  expect(lines).toContain('only in this checkout: s/c: new, mayfly')
  expect(lines).toContain('only in the other checkout: s/c: old, mayfly')
  expect(lines.at(-1)).toContain('2 rows: 1 worse by more than 3 % (!), 0 better (+), 1 the same')
})

it('CaseRows leaves out contenders and what is no time', () => {
  const rows = new CaseRows()
  const findings = [time('jco', 5, { contender: true }), time('size', 5, { unit: 'KiB' })]
  // The other checkout may not mark contenders.
  rows.add({ here: findings, there: [time('jco', 5), time('size', 5, { unit: 'KiB' })] })
  expect([rows.rows, [...rows.onlyHere], [...rows.onlyThere]]).toEqual([[], [], []])
})

it('CaseRows has no ratio of a difference that is nothing', () => {
  const rows = new CaseRows()
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    rows.add({ here: [time('added', -1)], there: [time('added', 0)] })
    rows.look(round, MAX_ROUNDS)
  }
  expect(rows.rows).toMatchObject([{ state: 'undecided', ratios: [] }])
  expect(text(rows)).toMatch(/^\? .*–/m)
})
