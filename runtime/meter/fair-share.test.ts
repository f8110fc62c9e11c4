import { describe, expect, it } from 'vitest'
import { FairShare, type FairShareOptions } from './fair-share.ts'

function share(options: Partial<FairShareOptions> = {}): FairShare {
  return new FairShare({ max: 8, maxByAgent: 4, maxWaitingByAgent: 100, ...options })
}

const one = (agent: string, label?: string) => ({
  agent,
  amount: 1,
  ...(label === undefined ? {} : { label }),
})

/** Takes or waits; returns the claims that were granted, in order. */
function ask(from: FairShare, claims: readonly { agent: string; amount: number }[]): string[] {
  const granted: string[] = []
  for (const claim of claims) {
    if (from.take(claim)) granted.push(claim.agent)
    else from.wait(claim, () => granted.push(claim.agent))
  }
  return granted
}

describe('FairShare', () => {
  it('take() gives an agent its ceiling and no more, and another what is left', () => {
    const from = share()
    const granted = ask(from, Array(20).fill(one('greedy')))
    expect(granted).toHaveLength(4)
    expect(from.use('greedy')).toEqual({ held: 4, waiting: 16, refused: 0 })
    expect(from.take(one('other'))).toBe(true)
    expect(from.use()).toEqual({ held: 5, waiting: 16, refused: 0 })
  })

  it('deals in turns: a crowd gets one between what another asks for and gets', () => {
    const from = share({ max: 3, maxByAgent: 3 })
    ask(from, [one('a'), one('b'), one('c')])
    const granted = ask(from, [...Array(50).fill(one('crowd')), one('other')])
    for (const agent of ['a', 'b', 'c']) from.give(one(agent))
    expect(granted).toEqual(['crowd', 'other', 'crowd'])
  })

  it('has a ceiling by label, behind which no other label waits', () => {
    const from = share({ maxByLabel: 2 })
    for (const agent of ['a', 'b']) expect(from.take(one(agent, 'x'))).toBe(true)
    expect(from.take(one('c', 'x'))).toBe(false)
    let granted = 0
    from.wait(one('c', 'x'), () => granted++)
    expect(from.take(one('c', 'y'))).toBe(true)
    from.give(one('c', 'y'))
    expect(granted).toBe(0)
    from.give(one('a', 'x'))
    expect(granted).toBe(1)
  })

  it('keeps what is left for a large claim whose turn it is', () => {
    const from = share({ max: 10, maxByAgent: 8 })
    from.take({ agent: 'a', amount: 7 })
    const granted = ask(from, [{ agent: 'large', amount: 6 }, one('small'), one('small')])
    expect(granted).toEqual([])
    from.give({ agent: 'a', amount: 7 })
    expect(granted).toEqual(['large', 'small', 'small'])
  })

  it('lets an agent that holds nothing take more than its ceiling at once', () => {
    const from = share()
    expect(from.take({ agent: 'a', amount: 6 })).toBe(true)
    expect(from.take(one('a'))).toBe(false)
  })

  it('gives an agent its floor although nothing is left, and no more', () => {
    const from = share({ max: 4, floor: 2 })
    from.take({ agent: 'greedy', amount: 4 })
    expect([1, 2, 3].map(() => from.take(one('other')))).toEqual([true, true, false])
  })

  it('wait() refuses when too many of the agent wait, and counts it', () => {
    const from = share({ max: 1, maxWaitingByAgent: 2 })
    from.take(one('a'))
    const waits = [1, 2, 3].map(() => from.wait(one('a'), () => {}))
    expect(waits.map((leave) => leave !== undefined)).toEqual([true, true, false])
    expect(from.use('a')).toEqual({ held: 1, waiting: 2, refused: 1 })
    expect(from.wait(one('b'), () => {})).toBeDefined()
  })

  it('a claim that gives up leaves the queue, and its place to who is behind it', () => {
    const from = share({ max: 10, maxByAgent: 10 })
    from.take({ agent: 'a', amount: 7 })
    const leave = from.wait({ agent: 'large', amount: 6 }, () => {})
    let granted = 0
    from.wait(one('small'), () => granted++)
    expect(granted).toBe(0)
    leave?.()
    leave?.()
    expect(granted).toBe(1)
    expect(from.use()).toEqual({ held: 8, waiting: 0, refused: 0 })
  })

  it('is whole again after any order of claims', () => {
    const from = share({ max: 12, maxByAgent: 6, maxByLabel: 5, floor: 2, maxWaitingByAgent: 5 })
    let state = 1
    const random = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647
      return state % below
    }
    const held: { agent: string; amount: number; label: string }[] = []
    const leaves: (() => void)[] = []
    for (let step = 0; step < 3_000; step++) {
      const claim = { agent: `a${random(4)}`, amount: 1 + random(3), label: `o${random(3)}` }
      if (random(2) === 0) {
        const [back] = held.splice(random(held.length || 1), 1)
        if (back !== undefined) from.give(back)
      } else if (from.take(claim)) held.push(claim)
      else {
        const leave = from.wait(claim, () => held.push(claim))
        if (leave !== undefined) leaves.push(leave)
      }
      if (random(9) === 0) leaves.splice(random(leaves.length || 1), 1)[0]?.()
      const total = held.reduce((sum, { amount }) => sum + amount, 0)
      expect(from.use().held).toBe(total)
      // On top of it, four agents may hold their floor.
      expect(total).toBeLessThanOrEqual(12 + 4 * 2)
    }
    for (const leave of leaves) leave()
    while (held.length > 0) for (const claim of held.splice(0)) from.give(claim)
    expect(from.use()).toMatchObject({ held: 0, waiting: 0 })
  })
})
