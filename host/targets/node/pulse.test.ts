import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { beat, LOOK_MS, Pulse } from './pulse.ts'

const PATIENCE_MS = 10_000
const MARGIN_MS = 2_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Looks at `pulse`, as the main thread does, until `ms` have gone by. Returns whether it was overdue. */
function lookFor(pulse: Pulse, ms: number): boolean {
  let overdue = false
  for (let gone = 0; gone < ms; gone += LOOK_MS) {
    vi.advanceTimersByTime(LOOK_MS)
    overdue ||= pulse.isOverdue(PATIENCE_MS)
  }
  return overdue
}

/** A thread that has beaten, then runs a guest that may run for `mayMs`, or something of the host. */
function busy(mayMs?: number): Pulse {
  const pulse = new Pulse()
  const thread = beat(pulse.line)
  lookFor(pulse, 1_000)
  thread[Symbol.dispose]()
  if (mayMs !== undefined) thread.running[0] = performance.now() + mayMs
  return pulse
}

describe('Pulse.isOverdue()', () => {
  it.each([500, 3_000, 60_000])('is true past the deadline of a guest that may run %d ms', (ms) => {
    const pulse = busy(ms)
    expect(lookFor(pulse, ms)).toBe(false)
    expect(lookFor(pulse, MARGIN_MS + 2 * LOOK_MS)).toBe(true)
  })

  it('is true where no guest runs when that takes longer than patience', () => {
    const pulse = busy()
    expect(lookFor(pulse, PATIENCE_MS)).toBe(false)
    expect(lookFor(pulse, MARGIN_MS + 2 * LOOK_MS)).toBe(true)
  })

  it('is false while the event loop turns, whatever deadline was left behind', () => {
    const pulse = new Pulse()
    const thread = beat(pulse.line)
    thread.running[0] = performance.now() + 100
    expect(lookFor(pulse, 60_000)).toBe(false)
    expect(pulse.leftMs).toBeUndefined()
    thread[Symbol.dispose]()
  })

  it('is false when no thread looked: then the whole process stood still', () => {
    const pulse = busy(500)
    vi.advanceTimersByTime(3_600_000)
    expect(pulse.isOverdue(PATIENCE_MS)).toBe(false)
    expect(lookFor(pulse, 10_000)).toBe(true)
  })

  it('waits longer for the first beat: the thread is being started', () => {
    const pulse = new Pulse()
    expect(lookFor(pulse, 50_000)).toBe(false)
    expect(lookFor(pulse, 20_000)).toBe(true)
  })
})

describe('Pulse.silentMs()', () => {
  it('counts from the last turn of the event loop', () => {
    const pulse = busy(60_000)
    lookFor(pulse, 1_500)
    expect(pulse.silentMs()).toBeGreaterThanOrEqual(1_500)
    const thread = beat(pulse.line)
    lookFor(pulse, 500)
    expect(pulse.silentMs()).toBeLessThan(LOOK_MS)
    thread[Symbol.dispose]()
  })
})
