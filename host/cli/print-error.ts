/**
 * An error as a person at a terminal sees it: what failed, and below it what to do.
 *
 * @module
 */

import { isMayflyError } from '../../runtime/errors/index.ts'

export function printError(error: unknown): void {
  // A fault of ours: the stack is what helps.
  if (!isMayflyError(error)) return console.error(error)
  const hint = error.hint === undefined ? '' : `\n  ${error.hint.replaceAll('\n', '\n  ')}`
  console.error(`mayfly: ${error.message}${hint}`)
}
