import { describe, expect, it } from 'vitest'
import { unlessStopped, type Stoppable } from './unless-stopped.ts'

const never = (): Promise<never> => new Promise(() => {})

function stoppable(): Stoppable & { stop(reason: Error): void } {
  const controller = new AbortController()
  const { signal } = controller
  return {
    signal,
    whenStopped(listener) {
      if (signal.aborted) listener(signal.reason)
      else signal.addEventListener('abort', () => listener(signal.reason))
    },
    stop: (reason) => controller.abort(reason),
  }
}

describe('unlessStopped()', () => {
  it('settles as the promise does', async () => {
    const work = stoppable()
    expect(await unlessStopped(Promise.resolve(1), work)).toBe(1)
    await expect(unlessStopped(Promise.reject(new Error('late')), work)).rejects.toThrow('late')
  })

  it('rejects when the work must stop, before or while it waits', async () => {
    const work = stoppable()
    const reason = new Error('over')
    const waiting = unlessStopped(never(), work)
    work.stop(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(unlessStopped(never(), work)).rejects.toBe(reason)
  })

  it('hands a value that comes later to who can give it back', async () => {
    const work = stoppable()
    const { promise, resolve } = Promise.withResolvers<string>()
    const late = Promise.withResolvers<string>()
    const waiting = unlessStopped(promise, work, late.resolve)
    work.stop(new Error('over'))
    await expect(waiting).rejects.toThrow('over')
    resolve('a response')
    expect(await late.promise).toBe('a response')
  })
})
