/**
 * The client of one invocation, which may leave before it has its answer.
 *
 * @module
 */
import type { AbortSource } from '../host-module/index.ts'

export class Client {
  readonly #source: AbortSource
  #onLeave: (() => void) | undefined

  constructor(source: AbortSource) {
    this.#source = source
  }

  /** Whether it is gone. */
  get left(): boolean {
    return this.#source.aborted
  }

  /** Whether it reports that it has the whole answer. */
  get reportsClose(): boolean {
    return this.#source.onClose !== undefined
  }

  onClose(listener: () => void): void {
    this.#source.onClose?.(listener)
  }

  /** Calls `onLeave` when it leaves, or at once when it has. Of several calls the first one counts. */
  watch(onLeave: () => void): void {
    if (this.#onLeave !== undefined) return
    this.#onLeave = onLeave
    if (this.left) onLeave()
    else this.#source.addEventListener('abort', onLeave)
  }

  /** Removes the listener: the invocation has ended. */
  forget(): void {
    if (this.#onLeave !== undefined) this.#source.removeEventListener('abort', this.#onLeave)
  }
}
