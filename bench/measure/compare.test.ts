import { describe, expect, it } from 'vitest'
import { compare, type BaselineLine } from './compare.ts'

function line(p50: number, spread: number, wantsMore = true): BaselineLine {
  return {
    suite: 's',
    case: 'c',
    measure: 'm',
    subject: 'mayfly',
    of: 'other ÷ mayfly',
    wantsMore,
    p50,
    low: p50 - spread,
    high: p50 + spread,
    commit: 'abc',
  }
}

function state(before: BaselineLine, now: BaselineLine): string | undefined {
  return compare([before], [now])[0]?.state
}

describe('compare()', () => {
  it('calls a ratio within the noise the same', () => {
    expect(state(line(100, 5), line(92, 5))).toBe('same')
    expect(state(line(100, 30), line(60, 30))).toBe('same')
  })

  it('tells better from worse by what is wanted', () => {
    expect(state(line(100, 5), line(60, 5))).toBe('worse')
    expect(state(line(100, 5), line(150, 5))).toBe('better')
    expect(state(line(1.2, 0.02, false), line(1.5, 0.02, false))).toBe('worse')
    expect(state(line(1.5, 0.02, false), line(1.2, 0.02, false))).toBe('better')
  })

  it('leaves out what was not measured again', () => {
    expect(compare([line(1, 0)], [{ ...line(1, 0), measure: 'another' }])).toEqual([])
  })
})
