/**
 * What is read of a request from outside.
 *
 * A `Request` is one. So is whatever a server makes of what it has parsed, without building the platform's
 * own, which costs more than a small agent's answer.
 *
 * @module
 */

/** What is read of a request from outside. A `Request` is one. */
export interface WebRequest {
  readonly method: string
  /** Absolute. */
  readonly url: string
  readonly headers: WebHeaders
  readonly body: ReadableStream<Uint8Array> | null
  /** Reads the body to its end. */
  arrayBuffer(): Promise<ArrayBuffer>
}

/** What is used of an `AbortSignal`, and a little more: whoever has something cheaper at hand passes that. */
export interface AbortSource {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
  /**
   * Calls `listener` once the client has all of the answer, or is gone.
   *
   * @default nobody can tell
   */
  onClose?(listener: () => void): void
}

/** Pairs of lower-case name and value, in order. */
export interface WebHeaders extends Iterable<[name: string, value: string]> {
  get(name: string): string | null
}
