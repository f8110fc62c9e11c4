/**
 * The client of one invocation, from the first wait of its guest until the answer.
 *
 * A guest that can hear of it is told that its client has left, and has a moment to end by itself: to tell a backend, or
 * to keep what it has done. Any other guest is stopped at once.
 *
 * @module
 */
import type { MayflyError } from '../errors/index.ts'
import type { AbortSource } from '../host-module/index.ts'

/** Enough for one call of a service that answers within its usual time. The deadline may come before. */
const REACTION_MS = 1_000

/** An invocation, as the watch over its client sees it. */
export interface WatchedInvocation {
  clientGone(): MayflyError
  /** Asks its guest to end. Returns false when it cannot hear of that. */
  asksToEnd(reason: MayflyError): boolean
  halt(reason: MayflyError): void
}

export class ClientWatch {
  /** Whether the client has left and the guest may still react. */
  isPatient = false
  readonly #client: AbortSource | undefined
  readonly #invocation: WatchedInvocation
  readonly #listener = (): void => this.left()
  #timer: ReturnType<typeof setTimeout> | undefined
  #over = false

  /** @param client - reports that it has left; without it `left` says so */
  constructor(invocation: WatchedInvocation, client: AbortSource | undefined) {
    this.#invocation = invocation
    this.#client = client
    client?.addEventListener('abort', this.#listener)
  }

  /** The client does not wait for the answer any more. */
  left(): void {
    if (this.#over || this.isPatient) return
    const reason = this.#invocation.clientGone()
    if (!this.#invocation.asksToEnd(reason)) return this.#invocation.halt(reason)
    this.isPatient = true
    this.#timer = setTimeout(() => {
      this.isPatient = false
      this.#invocation.halt(reason)
    }, REACTION_MS)
  }

  /** The client has its answer, or the invocation has ended. */
  end(): void {
    this.#over = true
    this.isPatient = false
    clearTimeout(this.#timer)
    this.#client?.removeEventListener('abort', this.#listener)
  }
}
