/**
 * The parts of a request from outside that are read.
 *
 * A `Request` has them. A server may also make a lighter object of its parsed message: building the platform's own
 * `Request` costs more than a small agent's answer.
 *
 * @module
 */

/** The parts of a request from outside that are read. A `Request` is one. */
export interface WebRequest {
  /** In upper case. */
  readonly method: string
  /** Absolute. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: WebHeaders
  /** Read once; `null` when there is none. */
  readonly body: ReadableStream<Uint8Array> | null
  /**
   * Aborted when the client leaves.
   *
   * @default the client waits until there is an answer
   */
  readonly signal?: AbortSource
  /**
   * Takes the body, which must not have been asked for, if all of it is there; otherwise it is as it was.
   *
   * @default unknown: the body is read as a stream
   */
  arrived?(): Uint8Array | undefined
  /** Reads the body to its end. */
  arrayBuffer(): Promise<ArrayBuffer>
}

/** The used part of an `AbortSignal`, and a little more. A server may pass a cheaper object. */
export interface AbortSource {
  /** Whether the client is gone. */
  readonly aborted: boolean
  /** Calls `listener` once, when the client goes. */
  addEventListener(type: 'abort', listener: () => void): void
  /** Forgets `listener`. */
  removeEventListener(type: 'abort', listener: () => void): void
  /**
   * Calls `listener` once the client has the whole answer, or is gone: `isSent` says which. When it is sent, the server
   * has no use for its bytes any more.
   *
   * @default unknown: `listener` is never called
   */
  onClose?(listener: (isSent: boolean) => void): void
}

/** Pairs of lower-case name and value, in order. */
export interface WebHeaders extends Iterable<[name: string, value: string]> {
  /** The values of a field, joined by a comma and a space; `null` when it is not there. */
  get(name: string): string | null
}
