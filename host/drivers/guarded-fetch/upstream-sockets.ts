/**
 * Connections to other servers, dealt to agents in turns.
 *
 * A request holds a connection from before its name is resolved until its response was read or given up. The number
 * is bounded for one agent, and for one origin, where all agents together may hold twice as many as one. So a greedy
 * agent, for example one whose server never answers, leaves connections to others, at that origin and at all others.
 * Waiting counts towards the time of the request.
 *
 * @module
 */
import { FairShare, type ShareUse } from '../../../runtime/host-module/index.ts'

/** Bounds of the connections to other servers. */
export interface SocketOptions {
  /**
   * Requests that may hold a connection at once.
   *
   * @default 512
   */
  maxSockets?: number
  /**
   * The same to one origin: scheme, host and port.
   *
   * @default 256
   */
  maxSocketsByOrigin?: number
  /**
   * Connections of one agent. With more than half of `maxSocketsByOrigin` one agent could crowd out others at an origin.
   *
   * @default 128
   */
  maxSocketsByAgent?: number
  /**
   * Requests of one agent that may wait for a connection; one more fails.
   *
   * @default 1_024
   */
  maxWaitingByAgent?: number
  /**
   * Called when a request has to wait for a connection; every ten seconds at most. Must not throw.
   *
   * @default not called
   */
  onWait?: (crowd: SocketCrowd) => void
}

/** How crowded the connections are when a request has to wait for one. */
export interface SocketCrowd {
  /** The agent whose request waits. */
  readonly agent: string
  /** Connections of this agent, and its requests that wait. */
  readonly held: number
  readonly waiting: number
  /** The most that it may have. */
  readonly maxByAgent: number
  /** Connections of all agents. */
  readonly heldByAll: number
  /** The most that they may have. */
  readonly max: number
}

// A crowd that lasts is one event for an operator.
const REPORT_EVERY_MS = 10_000

export interface SocketRequest {
  readonly agent: string
  readonly origin: string
  /** Aborting it gives up waiting. */
  readonly signal: AbortSignal
}

export class UpstreamSockets {
  readonly #share: FairShare
  readonly #maxWaiting: number
  readonly #bounds: Pick<SocketCrowd, 'max' | 'maxByAgent'>
  readonly #onWait: SocketOptions['onWait']
  #reportedAt = -Infinity

  constructor({
    maxSockets = 512,
    maxSocketsByOrigin = 256,
    maxSocketsByAgent = 128,
    maxWaitingByAgent = 1_024,
    onWait,
  }: SocketOptions) {
    this.#maxWaiting = maxWaitingByAgent
    this.#bounds = { max: maxSockets, maxByAgent: maxSocketsByAgent }
    this.#onWait = onWait
    this.#share = new FairShare({
      max: maxSockets,
      maxByAgent: maxSocketsByAgent,
      maxByLabel: maxSocketsByOrigin,
      maxWaitingByAgent,
    })
  }

  /** @param agent - one of them; all when there is none */
  use(agent?: string): ShareUse {
    return this.#share.use(agent)
  }

  /**
   * Returns a function that gives the connection back. It may be called more than once.
   *
   * @throws {Error} when too many requests of the agent wait already, or the reason of `signal`
   */
  async take({ agent, origin, signal }: SocketRequest): Promise<() => void> {
    signal.throwIfAborted()
    const claim = { agent, amount: 1, label: origin }
    if (!this.#share.take(claim)) {
      await new Promise<void>((resolve, reject) => {
        const leave = this.#share.wait(claim, granted)
        if (leave === undefined) return reject(this.#tooMany(agent, origin))
        signal.addEventListener('abort', abort)
        this.#report(agent)

        function granted(): void {
          signal.removeEventListener('abort', abort)
          resolve()
        }
        function abort(): void {
          leave?.()
          reject(signal.reason)
        }
      })
    }
    let isHeld = true
    return () => {
      if (isHeld) this.#share.give(claim)
      isHeld = false
    }
  }

  #report(agent: string): void {
    const now = performance.now()
    if (this.#onWait === undefined || now - this.#reportedAt < REPORT_EVERY_MS) return
    const { held, waiting } = this.use(agent)
    // Granted while it was entered.
    if (waiting === 0) return
    this.#reportedAt = now
    this.#onWait({ agent, held, waiting, heldByAll: this.use().held, ...this.#bounds })
  }

  #tooMany(agent: string, origin: string): Error {
    const waiting = `${this.#maxWaiting} requests of agent "${agent}" wait for a connection`
    return new Error(`Cannot connect to ${origin}: ${waiting}`)
  }
}
