/**
 * An error as a person at a terminal sees it: what failed, and below it what to do.
 *
 * @module
 */

import { isMayflyError } from '../../runtime/errors/index.ts'

/** @param context - goes before the message */
export function printError(error: unknown, context = ''): void {
  // A fault of ours: the stack is what helps.
  if (!isMayflyError(error)) return console.error(error)
  const hint = error.hint === undefined ? '' : `\n  ${error.hint.replaceAll('\n', '\n  ')}`
  console.error(`mayfly: ${context}${error.message}${hint}`)
}
