/**
 * The time of agents in a test: the time of day stands still until the test moves it.
 *
 * What agents wait for still comes by itself, as under a fixed clock of a manifest: a test that forgets to move the clock is
 * slow, and does not hang.
 *
 * @module
 */
import type { ClockOptions } from '../../runtime/capabilities/clock/index.ts'
import { hostTimer, type Timer } from '../../runtime/host-module/index.ts'

/** The time of the agents of one test. */
export interface TestClock {
  /** The time of day, in milliseconds since 1970. */
  readonly now: number
  /**
   * Moves the clocks of agents on: ends what they wait for until then, and values with a time to live.
   *
   * @param ms - milliseconds
   * @throws {RangeError} for less than 0
   */
  advance(ms: number): void
  /**
   * Sets the time of day. A later one moves all clocks, as `advance` does; an earlier one moves the time of day alone.
   *
   * @param time - a date, or milliseconds since 1970
   * @throws {RangeError} for what is no time
   */
  set(time: Date | number): void
  /** Resolves when an agent waits for time to pass: at once when one does. */
  asleep(): Promise<void>
}

interface Wait {
  /** On the monotonic clock. */
  readonly due: number
  readonly end: () => void
}

/** A clock that the test moves, with its other side: what capabilities take. */
export class MovedClock implements TestClock {
  #now: number
  /** How far the test has moved the monotonic clock. */
  #moved = 0
  readonly #waits = new Set<Wait>()
  readonly #sleepers = new Set<() => void>()

  /** @param now - milliseconds since 1970 */
  constructor(now: number) {
    this.#now = now
  }

  get now(): number {
    return this.#now
  }

  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`Cannot advance the clock by ${ms} ms: it runs forwards`)
    this.#now += ms
    this.#moved += ms
    const now = this.#monotonic()
    for (const wait of [...this.#waits].filter(({ due }) => due <= now)) wait.end()
  }

  set(time: Date | number): void {
    const ms = Number(time)
    if (!Number.isFinite(ms)) throw new RangeError(`Cannot set the clock to "${String(time)}"`)
    if (ms > this.#now) this.advance(ms - this.#now)
    else this.#now = ms
  }

  asleep(): Promise<void> {
    if (this.#waits.size > 0) return Promise.resolve()
    return new Promise((resolve) => void this.#sleepers.add(resolve))
  }

  /** What the capability takes. */
  get options(): Required<ClockOptions> {
    return { now: () => this.#now, monotonic: () => this.#monotonic(), timer: this.#timer }
  }

  readonly #timer: Timer = (ms, done) => {
    const wait: Wait = {
      due: this.#monotonic() + ms,
      end: () => {
        cancel()
        done()
      },
    }
    const stop = hostTimer(ms, wait.end)
    const cancel = (): void => {
      stop()
      this.#waits.delete(wait)
    }
    this.#waits.add(wait)
    for (const wake of this.#sleepers) wake()
    this.#sleepers.clear()
    return cancel
  }

  #monotonic(): number {
    return performance.now() + this.#moved
  }
}
