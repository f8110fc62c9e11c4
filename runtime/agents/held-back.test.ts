import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MayflyError } from '../errors/index.ts'
import { HeldBack } from './held-back.ts'
import { TurnLine } from './turn-line.ts'

const invocation = { isCalled: false, watchDeadline: () => {}, onStop: undefined }

/** An agent that has lost so many slots, beside another that is served or not. */
function losing(slots: number, { beside = true, tableBytes = 0 } = {}): HeldBack {
  const line = new TurnLine()
  const agent = {}
  const held = new HeldBack(line, agent)
  const now = performance.now()
  line.served(agent, now)
  if (beside) line.served({}, now)
  for (let slot = 0; slot < slots; slot++) held.dropped(tableBytes, true, now)
  return held
}

describe('HeldBack', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 10_000 }))
  afterEach(() => void vi.useRealTimers())

  it('lets an agent lose some slots in a burst, and holds it back after more', () => {
    expect(losing(50).holds(invocation)).toBe(false)
    expect(losing(51).holds(invocation)).toBe(true)
  })

  it('holds back no agent that is alone, or whose neighbours rest', () => {
    expect(losing(1000, { beside: false }).holds(invocation)).toBe(false)
    const held = losing(100)
    expect(held.holds(invocation)).toBe(true)
    vi.advanceTimersByTime(1001)
    expect(held.holds(invocation)).toBe(false)
  })

  it('lets the agent begin again once it has waited for its debt, called by client or agent', async () => {
    const held = losing(60)
    const begun = vi.fn()
    void held.untilFree({ ...invocation, isCalled: true }).then(begun)
    await vi.advanceTimersByTimeAsync(199)
    expect(begun).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(2)
    expect(begun).toHaveBeenCalledOnce()
  })

  it('ends the wait with the invocation', async () => {
    const held = losing(60)
    const waiting: Parameters<HeldBack['untilFree']>[0] = { ...invocation, onStop: undefined }
    const ended = held.untilFree(waiting)
    waiting.onStop?.(new MayflyError('ERR_LIMIT_EXCEEDED', 'stopped'))
    await expect(ended).rejects.toThrow('stopped')
  })

  it('counts the tables of what is dropped, and the time that making a slot took', () => {
    expect(losing(10, { tableBytes: 3_000_000 }).holds(invocation)).toBe(true)
    const held = losing(0)
    held.made(150, performance.now())
    expect(held.holds(invocation)).toBe(false)
    held.made(60, performance.now())
    expect(held.holds(invocation)).toBe(true)
  })

  it('gives agents that lose slots together no more than two, and lets one that lost a few begin', () => {
    const line = new TurnLine()
    const now = performance.now()
    const losers = Array.from({ length: 10 }, () => {
      const agent = {}
      const held = new HeldBack(line, agent)
      line.served(agent, now)
      for (let slot = 0; slot < 12; slot++) held.dropped(0, true, now)
      return held
    })
    expect(losers.map((held) => held.holds(invocation))).toEqual(Array(10).fill(true))
    const other = new HeldBack(line, {})
    expect(other.holds(invocation)).toBe(false)
    for (let slot = 0; slot < 6; slot++) other.dropped(0, true, now)
    expect(other.holds(invocation)).toBe(false)
  })

  it('has an agent rest for a second at most, whatever it has lost', async () => {
    const held = losing(100_000)
    const begun = vi.fn()
    void held.untilFree(invocation).then(begun)
    await vi.advanceTimersByTimeAsync(1001)
    expect(begun).toHaveBeenCalledOnce()
  })
})
