/**
 * When an agent begins no guest: a guest of it has run on where it could not be suspended, as many of its guests
 * compute in turns as may, or it has used up more slots than its share of the thread pays for while other agents
 * are served.
 *
 * @module
 */
import type { Invocation } from './invocation.ts'
import { SlotDebt } from './slot-debt.ts'
import type { TurnLine } from './turn-line.ts'

// Twenty times as long as a guest may run where it cannot be suspended.
const REST_MS = 100
// V8 collects slots by the hundred, and nothing else runs meanwhile: 0.07 ms and more for each. Fifty can be lost in a
// burst, then one in 20 ms.
const LOST_MS = 4
// Tables lie in the heap of V8. 120 MB of them were a pause of 30 to 60 ms, so an agent may use up 6 MB a second.
const TABLE_BYTES_A_MS = 31_250
const BURST_MS = 200
// A larger debt of an agent is forgotten, so that it rests for a second at most.
const MOST_OWED_MS = 400
// Many agents of one author must not have many shares: together they may owe as much as two, and then those wait that
// have lost more than a few.
const BURST_OF_ALL_MS = 400
const FEW_MS = 25

/** The parts of an invocation that holding back needs. */
type Held = Pick<Invocation, 'isCalled' | 'watchDeadline' | 'onStop'>

export class HeldBack {
  readonly #line: TurnLine
  readonly #agent: object
  #restsUntil = 0
  readonly #debt = new SlotDebt(MOST_OWED_MS)

  /** `agent` identifies the agent in `line`. */
  constructor(line: TurnLine, agent: object) {
    this.#line = line
    this.#agent = agent
  }

  /** A guest has run on: the agent begins none for `REST_MS`. */
  rest(): void {
    this.#restsUntil = performance.now() + REST_MS
  }

  /** A slot was made for the agent: it took `ms` until `now`. */
  made(ms: number, now: number): void {
    this.#debt.add(ms, now)
    this.#line.debt.add(ms, now)
  }

  /** A slot is dropped with tables of `tableBytes`. `isLost` when it would have served again but for its guest. */
  dropped(tableBytes: number, isLost: boolean, now: number): void {
    this.made(tableBytes / TABLE_BYTES_A_MS + (isLost ? LOST_MS : 0), now)
  }

  /** Whether the guest of `invocation` may not begin yet. */
  holds(invocation: Pick<Held, 'isCalled'>): boolean {
    if (this.#restsUntil > 0 && performance.now() < this.#restsUntil) return true
    if (this.#debt.mayExceed(FEW_MS) && this.#owedMs(performance.now()) > 0) return true
    return !invocation.isCalled && this.#line.isFullFor(this.#agent)
  }

  /**
   * Resolves when the guest may begin.
   *
   * @throws why the invocation must stop, or {MayflyError} ERR_POOL_EXHAUSTED when too many wait already
   */
  async untilFree(invocation: Held): Promise<void> {
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

  /** How long the agent has to wait before its next slot. */
  #owedMs(now: number): number {
    if (!this.#line.servesOthers(this.#agent, now)) return 0
    const own = this.#debt.untilPaid(BURST_MS, now)
    if (this.#debt.at(now) <= FEW_MS) return own
    return Math.max(own, this.#line.debt.untilPaid(BURST_OF_ALL_MS, now))
  }

  async #untilRested(invocation: Held): Promise<void> {
    for (;;) {
      const now = performance.now()
      const ms = Math.max(this.#restsUntil - now, this.#owedMs(now))
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
