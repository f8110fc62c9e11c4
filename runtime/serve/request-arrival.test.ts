import { describe, expect, it } from 'vitest'
import { MayflyError } from '../errors/index.ts'
import { manifestFromObject } from '../manifest/index.ts'
import { Invocation } from '../agents/invocation.ts'
import { NOT_SHARED } from '../agents/testing/not-shared.ts'
import { untilArrived } from './request-arrival.ts'

function invocation(deadlineMs: number): Invocation {
  const startedAt = performance.now()
  return new Invocation({
    agent: 'tester',
    id: undefined,
    startedAt,
    deadlineAt: startedAt + deadlineMs,
    fuel: Infinity,
    budgets: manifestFromObject({ name: 'tester' }).limits,
    caller: 'test',
    callerBudget: undefined,
    shared: NOT_SHARED,
    parent: undefined,
    granted: undefined,
    blobs: undefined,
  })
}

const NEVER = new Promise<never>(() => {})

describe('untilArrived()', () => {
  it('resolves with what has arrived, and leaves nothing to stop', async () => {
    const arriving = invocation(60_000)
    expect(await untilArrived(Promise.resolve('all'), arriving)).toBe('all')
    expect(arriving.onStop).toBeUndefined()
    expect(arriving.isArriving).toBe(false)
  })

  it('ends at the deadline, with a limit that stands for 408', async () => {
    const error = untilArrived(NEVER, invocation(20))
    await expect(error).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      facts: { limit: 'request-time' },
    })
  })

  it('ends at once when the invocation is stopped: nothing runs that would see it', async () => {
    const arriving = invocation(60_000)
    const error = untilArrived(NEVER, arriving)
    expect(arriving.isArriving).toBe(true)
    arriving.halt(new MayflyError('ERR_GUEST_KILLED', 'killed'))
    await expect(error).rejects.toThrow('killed')
  })

  it('ends as the client does', async () => {
    const error = untilArrived(Promise.reject(new Error('reset')), invocation(60_000))
    await expect(error).rejects.toMatchObject({ code: 'ERR_CLIENT_GONE' })
  })
})
