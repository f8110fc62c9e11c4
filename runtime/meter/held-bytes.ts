/**
 * Bytes of bodies that the host holds in memory for one invocation.
 *
 * They are counted against the share of its agent. What is not given back before is when the invocation ends.
 *
 * @module
 */
import type { FairShare } from './fair-share.ts'

/** Holds nothing. */
export function emptyHold(): HeldBytes {
  const held = new HeldBytes('', undefined)
  held.end()
  return held
}

export class HeldBytes {
  readonly #share: FairShare | undefined
  readonly #agent: string
  #bytes = 0
  #isRefused = false
  #hasEnded = false

  /** @param share - what all invocations have together; nothing is refused without one */
  constructor(agent: string, share: FairShare | undefined) {
    this.#agent = agent
    this.#share = share
  }

  /** Whether something was refused. */
  get refused(): boolean {
    return this.#isRefused
  }

  /**
   * Counts `bytes` that are about to be held. Returns whether they may be.
   *
   * Nobody waits for bytes: who waited would hold others meanwhile, and keep them from everybody.
   */
  take(bytes: number): boolean {
    if (bytes === 0) return true
    // What arrives later is for nobody.
    if (this.#hasEnded) return false
    if (this.#share?.take({ agent: this.#agent, amount: bytes }) === false) {
      this.#isRefused = true
      this.#share.refuse(this.#agent)
      return false
    }
    this.#bytes += bytes
    return true
  }

  /** Counts `bytes` no longer. */
  give(bytes: number): void {
    const given = Math.min(bytes, this.#bytes)
    if (given === 0) return
    this.#bytes -= given
    this.#share?.give({ agent: this.#agent, amount: given })
  }

  /** The invocation has ended: counts none any longer. */
  end(): void {
    this.#hasEnded = true
    this.give(this.#bytes)
  }
}

/** What an operator can do when the host may hold no more bodies of an agent. */
export const BODIES_HINT =
  'The host holds as many bytes of bodies for this agent as it may: raise RuntimeOptions.bodies, or lower limits.concurrency'
