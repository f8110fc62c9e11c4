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
  /** In upper case. */
  readonly method: string
  /** Absolute. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: WebHeaders
  /** Read once; `null` when there is none. */
  readonly body: ReadableStream<Uint8Array> | null
  /** Reads the body to its end. */
  arrayBuffer(): Promise<ArrayBuffer>
}

/** What is used of an `AbortSignal`, and a little more: whoever has something cheaper at hand passes that. */
export interface AbortSource {
  /** Whether the client is gone. */
  readonly aborted: boolean
  /** Calls `listener` once, when the client goes. */
  addEventListener(type: 'abort', listener: () => void): void
  /** Forgets `listener`. */
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
  /** The values of a field, joined by a comma and a space; `null` when it is not there. */
  get(name: string): string | null
}
