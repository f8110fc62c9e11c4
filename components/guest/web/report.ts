/**
 * Errors that no code of the agent catches, in the operator's log.
 *
 * @module
 */

import { onRejection } from '../engine.ts'
import { writeLog } from '../host.ts'
import { format } from './inspect.ts'

/** Writes `error` with its stack. */
export function reportUncaught(error: unknown): void {
  writeLog('error', `Uncaught ${format([error])}`)
}

onRejection((reason) => writeLog('error', `Uncaught (in promise) ${format([reason])}`))
