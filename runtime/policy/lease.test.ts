import { describe, expect, it } from 'vitest'
import { countInMemory, leaseLeftMs, useLease } from './lease.ts'

const EXPIRES = '2027-01-01T00:00:00Z'
const AT = Date.parse(EXPIRES)

describe('useLease()', () => {
  it('holds until it expires, and not at that moment', () => {
    const use = (now: number): string | undefined =>
      useLease('kv.notes', { expires: EXPIRES }, countInMemory(), now)
    expect(use(AT - 1)).toBeUndefined()
    expect(use(AT)).toBe(`kv.notes expired ${EXPIRES}`)
  })

  it('holds for as many uses as granted, each rule for its own', () => {
    const count = countInMemory()
    const use = (rule: string): boolean => useLease(rule, { maxUses: 2 }, count) === undefined
    expect([use('kv.a'), use('kv.a'), use('kv.a'), use('kv.b')]).toEqual([true, true, false, true])
  })

  it('does not count what it refuses for another reason', () => {
    const count = countInMemory()
    useLease('kv.a', { maxUses: 1, expires: EXPIRES }, count, AT)
    expect(useLease('kv.a', { maxUses: 1 }, count)).toBeUndefined()
  })
})

describe('leaseLeftMs()', () => {
  it('is how long it holds', () => {
    expect(leaseLeftMs({ expires: EXPIRES }, AT - 5)).toBe(5)
    expect(leaseLeftMs({ expires: EXPIRES }, AT + 5)).toBe(0)
    expect(leaseLeftMs({})).toBe(Infinity)
  })
})
