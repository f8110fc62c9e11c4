/**
 * Bodies on their way, as guests of `mayfly:agent` get and give them: `body-stream` of types.wit.
 *
 * @module
 */

/** Why a body stopped before its end. */
export type BodyError = 'limited' | 'timeout' | 'unavailable'

/** How a body ended. */
export type BodyEnd =
  { readonly tag: 'ok'; readonly val: undefined } | { readonly tag: 'err'; readonly val: BodyError }

/** A body whose bytes are still on their way. */
export interface BodyStream {
  /** Its end alone does not say that the body is whole. */
  readonly bytes: ReadableStream<Uint8Array>
  /** Settles once `bytes` has ended. */
  readonly end: Promise<BodyEnd>
}

/**
 * A body that is there within one turn of the event loop is passed whole, up to this many bytes: a stream takes several
 * calls to read, and most bodies are short. It is as much as a reader of a stream takes at once.
 */
export const MAX_WHOLE_BYTES = 65_536
