import { describe, expect, it } from 'vitest'
import { unlessAborted } from './unless-aborted.ts'

const never = (): Promise<never> => new Promise(() => {})

describe('unlessAborted()', () => {
  it('settles as the promise does', async () => {
    const { signal } = new AbortController()
    expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1)
    await expect(unlessAborted(Promise.reject(new Error('late')), signal)).rejects.toThrow('late')
  })

  it('rejects when the signal aborts, before or while it waits', async () => {
    const reason = new Error('gone')
    const controller = new AbortController()
    const waiting = unlessAborted(never(), controller.signal)
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(unlessAborted(never(), controller.signal)).rejects.toBe(reason)
  })
})
