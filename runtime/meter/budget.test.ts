import { describe, expect, it } from 'vitest'
import { DEFAULT_BUDGETS } from '../capabilities/grants.ts'
import { Budget, type BudgetLimits } from './budget.ts'

const LIMITS: BudgetLimits = {
  ...DEFAULT_BUDGETS,
  outboundRequests: 2,
  outboundBytes: 100,
  inboundBytes: 100,
  kvOperations: 10,
  logBytes: 100,
  toolCalls: 1,
  blobBytes: 100,
}

describe('Budget.take()', () => {
  it('spends up to the limit and no further', () => {
    const budget = new Budget(LIMITS)
    expect(budget.take('kvOperations', 8)).toBe(true)
    expect(budget.take('kvOperations', 3)).toBe(false)
    expect(budget.exceeded).toBe('kvOperations')
    // A refused claim costs nothing.
    expect(budget.take('kvOperations', 2)).toBe(true)
    expect([budget.left('kvOperations'), budget.spent('kvOperations')]).toEqual([0, 10])
  })

  it('keeps the budgets apart', () => {
    const budget = new Budget(LIMITS)
    budget.take('outboundRequests', 2)
    expect(budget.take('inboundBytes', 100)).toBe(true)
    expect(budget.exceeded).toBeUndefined()
  })

  it('spends from the caller as well, whichever has less', () => {
    const caller = new Budget(LIMITS)
    const wide = { ...LIMITS, kvOperations: 1000 }
    const tools = [new Budget(wide, caller), new Budget(wide, caller)]
    expect(tools.map((tool) => tool.take('kvOperations', 6))).toEqual([true, false])
    expect([caller.left('kvOperations'), tools[1]?.left('kvOperations')]).toEqual([4, 4])
    expect(caller.exceeded).toBeUndefined()
    expect(new Budget({ ...LIMITS, kvOperations: 1 }, caller).take('kvOperations', 2)).toBe(false)
  })
})
