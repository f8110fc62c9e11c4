/**
 * The request that an agent gets from another, and its end when the caller's comes.
 *
 * @module
 */
import type { InvocationContext } from '../host-module/index.ts'
import type { HeaderPair } from './request-record.ts'
import type { ServedInvocation } from './served-invocation.ts'

// Of the URL that a tool finds in its request.
const ORIGIN = 'http://tool'

/** A message between agents is JSON. */
export const JSON_HEADERS: readonly HeaderPair[] = [['content-type', 'application/json']]

/** The URL that stands for `path` of a tool. */
export function urlOf(path: string): string {
  return `${ORIGIN}${path}`
}

/** Stops `invocation` when its caller ends. Returns a function that stops it before that. */
export function stopWith(caller: InvocationContext, invocation: ServedInvocation): () => void {
  const stop = (): void => invocation.halt(invocation.callerEnded())
  caller.defer(stop)
  return stop
}
