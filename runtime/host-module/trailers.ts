/**
 * Trailers of requests and responses: the Web APIs have no place for them.
 *
 * The holder of the connection sets the trailers of a request and reads those of a response.
 *
 * @module
 */
import type { WebRequest } from './web-request.ts'

const trailers = new WeakMap<WebRequest | Response, Promise<Headers | undefined>>()

/** Says which trailers follow the body of `message`. */
export function setTrailers(
  message: WebRequest | Response,
  following: Promise<Headers | undefined>,
): void {
  trailers.set(message, following)
}

/** The trailers that follow the body of `message`. Settles after its body has ended. */
export function trailersOf(message: WebRequest | Response): Promise<Headers | undefined> {
  return trailers.get(message) ?? Promise.resolve(undefined)
}

/** Whether `trailersOf` has anything to wait for. */
export function hasTrailers(message: WebRequest | Response): boolean {
  return trailers.has(message)
}
