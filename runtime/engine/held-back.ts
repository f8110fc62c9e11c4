/**
 * When an agent begins no guest: a guest of it has run on where it could not be suspended, or as many of its guests
 * compute in turns as may.
 *
 * @module
 */
import type { Invocation } from './invocation.ts'
import type { TurnLine } from './turn-line.ts'

// Twenty times what a guest may run on where it cannot be suspended.
const REST_MS = 100

export class HeldBack {
  readonly #line: TurnLine
  readonly #agent: object
  #restsUntil = 0

  /** `agent` is what the guests of an agent stand in `line` as. */
  constructor(line: TurnLine, agent: object) {
    this.#line = line
    this.#agent = agent
  }

  /** A guest has run on: the agent begins none for `REST_MS`. */
  rest(): void {
    this.#restsUntil = performance.now() + REST_MS
  }

  /** Whether the guest of `invocation` may not begin yet. */
  holds(invocation: Invocation): boolean {
    if (this.#restsUntil > 0 && performance.now() < this.#restsUntil) return true
    return !invocation.isCalled && this.#line.isFullFor(this.#agent)
  }

  /**
   * Resolves when the guest may begin.
   *
   * @throws why the invocation must stop, or {MayflyError} ERR_POOL_EXHAUSTED when too many wait already
   */
  async untilFree(invocation: Invocation): Promise<void> {
    invocation.watchDeadline()
    await this.#untilRested(invocation)
    // A guest that another agent waits for must not wait for that agent.
    while (!invocation.isCalled && this.#line.isFullFor(this.#agent))
      await new Promise<void>((resolve, reject) => {
        const place = this.#line.wait(this.#agent, resolve)
        invocation.onStop = (reason) => {
          this.#line.leave(place)
          reject(reason)
        }
      })
  }

  async #untilRested(invocation: Invocation): Promise<void> {
    for (;;) {
      const ms = this.#restsUntil - performance.now()
      if (ms <= 0) return
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, ms)
        invocation.onStop = (reason) => {
          clearTimeout(timer)
          reject(reason)
        }
      })
    }
  }
}
