/**
 * The calls of the host that a guest has started and whose results it has not taken, and the host's ends of streams and
 * futures that it shares with the guest.
 *
 * @module
 */

/** A call or an end as its list sees it. */
export interface OpenCall {
  /** The guest will take no answer any more: it failed for that reason, or is over. */
  sever(reason: unknown): void
}

/** The open calls of one guest: they move with it. */
export class OpenCalls {
  /** Made for the first one: most guests have none. */
  #calls: Set<OpenCall> | undefined
  /** Bytes that streams have taken from the guest and that the host has not asked for. */
  heldBytes = 0

  get size(): number {
    return this.#calls?.size ?? 0
  }

  add(call: OpenCall): void {
    ;(this.#calls ??= new Set()).add(call)
  }

  delete(call: OpenCall): void {
    this.#calls?.delete(call)
  }

  /** Ends all of them, as far as the guest is concerned, and has the host abort those that it can. */
  end(reason?: unknown): void {
    const calls = this.#calls
    if (calls === undefined) return
    this.#calls = undefined
    for (const call of calls) call.sever(reason)
  }
}
