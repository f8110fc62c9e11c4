import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clock } from '../../capabilities/clock/index.ts'
import type { Pollable } from '../io/index.ts'
import { adapted } from '../testing/adapted.ts'
import { wasiClocks } from './clocks.ts'

describe('wasiClocks()', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const times = { now: () => 1_795_234_952_799.25, monotonic: () => Date.now() + 0.5 }

  it('is as coarse as the manifest says', async () => {
    const coarse = await adapted(wasiClocks(clock(times)), 'coarse')
    expect(coarse.of('wasi:clocks/wall-clock')['now']?.()).toEqual({
      seconds: 1_795_234_952n,
      nanoseconds: 799_000_000,
    })
    const fine = await adapted(wasiClocks(clock(times)), 'fine')
    expect(fine.of('wasi:clocks/wall-clock')['now']?.()).toEqual({
      seconds: 1_795_234_952n,
      nanoseconds: 799_250_000,
    })
  })

  it('suspends until the time has come', async () => {
    const { of } = await adapted(wasiClocks(clock(times)), 'coarse')
    const pollable = of('wasi:clocks/monotonic-clock')['subscribeDuration']?.(
      30_000_000n,
    ) as Pollable
    expect(pollable.ready()).toBe(false)
    const waiting = pollable.block()
    expect(waiting).toBeInstanceOf(Promise)
    await vi.advanceTimersByTimeAsync(29)
    expect(pollable.ready()).toBe(false)
    await vi.advanceTimersByTimeAsync(2)
    await waiting
    expect(pollable.ready()).toBe(true)
  })

  it('has a guest of WASI 0.3 wait until the time has come, and no longer than it waits', async () => {
    const cancelling = new AbortController()
    const extra = { callSignal: cancelling.signal }
    const { of } = await adapted(wasiClocks(clock(times)), 'coarse', extra)
    const { now, waitFor, waitUntil } = of('wasi:clocks/monotonic-clock@0.3')
    expect(waitUntil?.(now?.())).toBeUndefined()
    const waiting = waitFor?.(30_000_000n)
    expect(waiting).toBeInstanceOf(Promise)
    await vi.advanceTimersByTimeAsync(31)
    await waiting
    void waitFor?.(1_000_000_000n)
    expect(vi.getTimerCount()).toBe(1)
    cancelling.abort()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no timer behind when the invocation ends or the guest drops the pollable', async () => {
    const { of, end } = await adapted(wasiClocks(clock(times)), 'coarse')
    const subscribe = (): Pollable =>
      of('wasi:clocks/monotonic-clock')['subscribeDuration']?.(1_000_000_000n) as Pollable
    void subscribe().block()
    const dropped = subscribe()
    void dropped.block()
    expect(vi.getTimerCount()).toBe(2)
    dropped[Symbol.dispose]()
    expect(vi.getTimerCount()).toBe(1)
    end()
    expect(vi.getTimerCount()).toBe(0)
  })
})
