/** The error of a stream or future whose guest has gone. @module */

import { MayflyError } from '../../errors/index.ts'

/** `reason` is the failure of the invocation; without one it ended before it was done with the `what`. */
export function invocationEnded(what: string, reason: unknown): unknown {
  return (
    reason ??
    new MayflyError('ERR_GUEST_TRAPPED', `Cannot read ${what}: its invocation has ended before it`)
  )
}
