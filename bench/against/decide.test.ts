import { describe, expect, it } from 'vitest'
import { decide, intervalOf, LOOK_ROUNDS, MAX_ROUNDS } from './decide.ts'

/** Ratios that lie evenly within `spread` of `middle`. */
function around(middle: number, spread: number, count: number): number[] {
  return Array.from(
    { length: count },
    (_, index) => middle + spread * ((2 * index) / (count - 1) - 1),
  )
}

describe('intervalOf()', () => {
  it('takes all of the first look, and narrows with rounds', () => {
    expect(intervalOf(around(1, 0.1, LOOK_ROUNDS))).toMatchObject({ low: 0.9, high: 1.1 })
    const { p50, low, high } = intervalOf(around(1, 0.1, MAX_ROUNDS))
    expect(p50).toBeCloseTo(1)
    expect(low).toBeGreaterThan(0.95)
    expect(high).toBeLessThan(1.05)
  })
})

describe('decide()', () => {
  it('says nothing before there is an interval', () => {
    expect(decide([2, 2, 2], false)).toBeUndefined()
    expect(decide([2, 2, 2], true)).toBe('undecided')
    expect(decide([], true)).toBe('undecided')
  })

  it('decides early what more rounds would not change', () => {
    expect(decide(around(1, 0.02, LOOK_ROUNDS), false)).toBe('same')
    expect(decide(around(0.8, 0.1, LOOK_ROUNDS), false)).toBe('better')
    expect(decide(around(1.2, 0.1, LOOK_ROUNDS), false)).toBe('worse')
  })

  it('waits for the last look where the interval reaches into the margin', () => {
    expect(decide(around(1.06, 0.05, MAX_ROUNDS), false)).toBe('worse')
    const close = around(1.04, 0.06, MAX_ROUNDS)
    expect(intervalOf(close).low).toBeGreaterThan(1)
    expect(decide(close, false)).toBeUndefined()
    expect(decide(close, true)).toBe('worse')
  })

  it('calls a row the same that is slower by less than the margin', () => {
    const slightly = around(1.025, 0.05, MAX_ROUNDS)
    expect(intervalOf(slightly).low).toBeGreaterThan(1)
    expect(decide(slightly, false)).toBeUndefined()
    expect(decide(slightly, true)).toBe('same')
  })

  it('leaves open what is clear of nothing', () => {
    const noisy = around(1, 0.4, MAX_ROUNDS)
    expect(decide(noisy, false)).toBeUndefined()
    expect(decide(noisy, true)).toBe('undecided')
  })
})
