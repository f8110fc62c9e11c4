import { describe, expect, it } from 'vitest'
import { checkBudgets, type Budget } from './budget.ts'
import type { ResultLine } from './results.ts'
import { summarise } from './statistics.ts'

const AT = { at: 's/c', measure: 'm', subject: 'x' } as const

function line(value: number, ratios: readonly number[]): ResultLine {
  const ratio = { of: 'other ÷ x', value: summarise(ratios) }
  const found = { measure: 'm', subject: 'x', unit: 'KiB', value: summarise([value]) } as const
  // Fields that a budget does not read are left out.
  return { suite: 's', case: 'c', ...found, ratio } as unknown as ResultLine
}

function states(budget: Omit<Budget, 'name'>, lines: readonly ResultLine[]): string[] {
  return checkBudgets([{ name: 'b', ...budget }], { lines, bundleKiB: 100 }).map(
    ({ state }) => state,
  )
}

describe('checkBudgets()', () => {
  it('breaks a ratio when all of its interval is beyond', () => {
    const budget = { of: { kind: 'ratio', ...AT }, atLeast: 20 } as const
    expect(states(budget, [line(1, [24, 25, 26])])).toEqual(['same'])
    expect(states(budget, [line(1, [10, 15, 26])])).toEqual(['same'])
    expect(states(budget, [line(1, [10, 11, 12])])).toEqual(['worse'])
  })

  it('looks at the latest value and at the bundle', () => {
    const budget = { of: { kind: 'value', ...AT }, atMost: 90 } as const
    expect(states(budget, [line(200, [1]), line(80, [1])])).toEqual(['same'])
    expect(states(budget, [line(80, [1]), line(200, [1])])).toEqual(['worse'])
    expect(states({ of: { kind: 'bundle' }, atMost: 99 }, [])).toEqual(['worse'])
    expect(states({ of: { kind: 'bundle' }, atMost: 100 }, [])).toEqual(['same'])
  })

  it('leaves out what was not measured', () => {
    expect(
      states({ of: { kind: 'value', ...AT, at: 's/other' }, atMost: 1 }, [line(9, [1])]),
    ).toEqual([])
  })
})
