/**
 * Bytes of bodies that the host holds in memory for one invocation.
 *
 * They count against the share of its agent. The end of the invocation gives back all that it still holds.
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

/** Counts the bytes of bodies that the host holds in memory for one invocation, against the share of its agent. */
export class HeldBytes {
  readonly #share: FairShare | undefined
  readonly #agent: string
  #bytes = 0
  #isRefused = false
  #hasEnded = false

  /** @param share - shared by all invocations; without it no claim is refused */
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
   * A claim for bytes never waits: a waiting invocation would keep the bytes it holds already from all others.
   */
  take(bytes: number): boolean {
    if (bytes === 0) return true
    // Bytes that arrive later have no reader.
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

/** The remedy for an operator when the host may hold no more bodies of an agent. */
export const BODIES_HINT =
  'The host holds as many bytes of bodies for this agent as it may: raise RuntimeOptions.bodies, or lower limits.concurrency'
