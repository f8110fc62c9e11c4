/**
 * The calls of the host that a guest has started and whose results it has not taken.
 *
 * @module
 */

/** A call as its list sees it. */
export interface OpenCall {
  /** The guest will take no answer any more. */
  sever(): void
}

/** The open calls of one guest: they move with it. */
export class OpenCalls {
  /** Made for the first one: most guests have none. */
  #calls: Set<OpenCall> | undefined

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
  end(): void {
    const calls = this.#calls
    if (calls === undefined) return
    this.#calls = undefined
    for (const call of calls) call.sever()
  }
}
