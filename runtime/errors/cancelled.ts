/**
 * The reason of calls of the host that are cancelled.
 *
 * One for all: a new one takes a stack trace, and leads to the guest below it for as long as a driver keeps its signal.
 *
 * @module
 */
export const CANCELLED: DOMException = new DOMException('This operation was aborted', 'AbortError')
