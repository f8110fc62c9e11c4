import { describe, expect, it, vi } from 'vitest'
import { pendingOf, PendingSet } from './pending.ts'

function open(): PendingSet {
  return new PendingSet(new AbortController())
}

describe('pendingOf()', () => {
  it('gives one set an invocation', () => {
    const invocation = new AbortController()
    expect(pendingOf(invocation)).toBe(pendingOf(invocation))
    expect(pendingOf(invocation)).not.toBe(pendingOf(new AbortController()))
  })
})

describe('PendingSet.any()', () => {
  it('answers at once, without a promise, when something is ready', async () => {
    const set = open()
    const ready = set.add(Promise.resolve())
    const waiting = set.add(new Promise(() => {}))
    await Promise.resolve()
    expect(set.any([waiting, ready], undefined)).toBe(ready)
    expect(set.any([waiting], 0)).toBeUndefined()
    expect(set.any([waiting, 99], undefined)).toBe(99)
  })

  it('waits for the first, whether it succeeds or fails', async () => {
    const set = open()
    const waiting = set.add(new Promise(() => {}))
    const { promise, reject } = Promise.withResolvers()
    const failing = set.add(promise)
    const answer = set.any([waiting, failing], undefined)
    reject(new Error('refused'))
    expect(await answer).toBe(failing)
  })

  it('returns nothing when the time is up', async () => {
    vi.useFakeTimers()
    const set = open()
    const answer = set.any([set.add(new Promise(() => {}))], 1000)
    vi.advanceTimersByTime(1000)
    expect(await answer).toBeUndefined()
    vi.useRealTimers()
  })

  it('rejects when the invocation ends, and leaves no timer behind', async () => {
    vi.useFakeTimers()
    const controller = new AbortController()
    const answer = new PendingSet(controller).any([], 60_000)
    controller.abort(new Error('over'))
    await expect(answer).rejects.toThrow('over')
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
    await expect(new PendingSet(controller).any([], undefined)).rejects.toThrow('over')
  })
})
