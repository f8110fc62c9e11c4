/** The reads of a BYOB reader that wait. @module */

/** What waits for its buffer to be filled. */
export interface ReadIntoRequest {
  chunk(view: ArrayBufferView): void
  /** @param view - empty, over the buffer that was given; absent when the stream was cancelled */
  close(view: ArrayBufferView | undefined): void
  error(reason: unknown): void
}

/** The requests of a BYOB reader. */
export class IntoRequests {
  list: ReadIntoRequest[] = []

  close(): void {
    for (const request of this.#all()) request.close(undefined)
  }

  error(reason: unknown): void {
    for (const request of this.#all()) request.error(reason)
  }

  #all(): ReadIntoRequest[] {
    const all = this.list
    this.list = []
    return all
  }
}
