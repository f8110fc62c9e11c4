import { describe, expect, it } from 'vitest'
import { constant } from '../measure/statistics.ts'
import type { Round } from './round.ts'
import { runRounds } from './rounds.ts'

const PAIRS = ['a', 'b'].map((name) => {
  const place = { suite: 's', name }
  return { here: place, there: place }
})

function round(here: number, there: number): Round {
  const finding = (p50: number) => [
    { measure: 'm', subject: 'x', unit: 'µs' as const, value: constant(p50) },
  ]
  return { here: finding(here), there: finding(there), skipped: [] }
}

/** Runs at most 40 rounds; `each` gives the result of the run of a case, which is the `count`-th of all. */
async function run(each: (count: number, end: () => void) => Round) {
  const ending = new AbortController()
  const lines: string[] = []
  let count = 0
  const reports = await runRounds(PAIRS, {
    rounds: 40,
    sampling: {},
    signal: ending.signal,
    run: async () => each(++count, () => ending.abort()),
    say: (line) => void lines.push(line.replace(/, longest.*/, '')),
  })
  return { lines, count, rows: reports.map(({ rows }) => rows.rows[0]), reports }
}

describe('runRounds()', () => {
  it('ends when each row is decided, and says so round by round', async () => {
    const { lines, rows } = await run(() => round(100, 100))
    expect(lines).toHaveLength(8)
    expect(lines.at(0)).toBe('round 1 of at most 40: 2 rows open, 2 cases')
    expect(lines.at(-1)).toBe('round 8 of at most 40: 0 rows open, 2 cases')
    expect(rows.map((row) => row?.state)).toEqual(['same', 'same'])
  })

  it('decides by what it has when it is ended, also in the middle of a round', async () => {
    const { count, rows, reports } = await run((each, end) => {
      if (each === 19) {
        end()
        throw new Error('the process ended with SIGINT')
      }
      // Of the second case no round says what the one before said.
      return each % 2 === 1 ? round(150, 100) : round(each % 4 === 0 ? 200 : 50, 100)
    })
    expect(count).toBe(19)
    expect(rows.map((row) => [row?.state, row?.ratios.length])).toEqual([
      ['worse', 8],
      ['undecided', 10],
    ])
    expect(reports.map(({ failed }) => failed)).toEqual([undefined, undefined])
  })

  it('has ratios and no verdict of fewer rounds than a look takes', async () => {
    const { rows } = await run((each, end) => {
      if (each === 4) end()
      return round(300, 100)
    })
    expect(rows.map((row) => [row?.state, row?.ratios])).toEqual([
      ['undecided', [3, 3]],
      ['undecided', [3, 3]],
    ])
  })

  it('leaves out a case that fails, and goes on with the others', async () => {
    const { reports, rows } = await run((each) => {
      if (each === 1) throw new Error('no memory')
      return round(100, 100)
    })
    expect(reports.map(({ failed }) => failed)).toEqual(['no memory', undefined])
    expect(rows[1]?.state).toBe('same')
  })
})
