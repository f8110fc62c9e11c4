/**
 * Resolves names in turns by agent.
 *
 * The system's resolver has two threads for the whole process (libuv gives it half of four), and a name whose servers
 * do not answer keeps one for seconds. A lookup that waits here, and not there, can be overtaken and given up.
 *
 * @module
 */
import type { LookupFunction } from 'node:net'
import { FairShare } from '../../../runtime/host-module/index.ts'

// As many as the system resolves at once, so that an agent alone waits no longer than it would there.
const MAX_BY_AGENT = 2
const MAX = 4

export interface LookupRequest {
  readonly agent: string
  /** Aborting it gives up waiting, for the turn or for the answer. */
  readonly signal: AbortSignal
}

export class LookupTurns {
  readonly #share = new FairShare({
    max: MAX,
    maxByAgent: MAX_BY_AGENT,
    // As many as hold a connection.
    maxWaitingByAgent: Infinity,
  })

  /** `lookup`, when it is the agent's turn. */
  inTurn(lookup: LookupFunction, { agent, signal }: LookupRequest): LookupFunction {
    const claim = { agent, amount: 1 }
    return (hostname, options, callback) => {
      const start = (): void => {
        lookup(hostname, options, (...answer) => {
          this.#share.give(claim)
          callback(...answer)
        })
      }
      if (this.#share.take(claim)) return start()
      const leave = this.#share.wait(claim, () => {
        if (leave !== undefined) signal.removeEventListener('abort', leave)
        start()
      })
      if (leave !== undefined) signal.addEventListener('abort', leave)
    }
  }
}
