/**
 * An error as a person at a terminal sees it: what failed, and below it what to do.
 *
 * @module
 */

import { inspect } from 'node:util'
import { isMayflyError, printableLines, type MayflyError } from '../../runtime/errors/index.ts'

/** @param context - goes before the message */
export function printError(error: unknown, context = ''): void {
  console.error(printableLines(isMayflyError(error) ? told(error, context) : inspect(error)))
}

/** What guests and files say may be in it: no line of theirs begins where one of ours does. */
function told({ message, hint }: MayflyError, context: string): string {
  const lines = `${context}${message}`.replaceAll(/\n(?=\S)/g, '\n  ')
  return `mayfly: ${lines}${hint === undefined ? '' : `\n  ${hint.replaceAll('\n', '\n  ')}`}`
}
