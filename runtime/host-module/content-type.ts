/**
 * Responses without a type of their content. Servers of the Web's Response make one up for a body, which calls bytes a
 * text.
 *
 * The maker of a response notes that it has none, and the holder of the connection sends it without one.
 *
 * @module
 */

const untyped = new WeakSet<Response>()

/** Notes that `response` goes out without `content-type`. */
export function leaveUntyped(response: Response): void {
  untyped.add(response)
}

/** Whether `response` goes out without `content-type`. */
export function isUntyped(response: Response): boolean {
  return untyped.has(response)
}
