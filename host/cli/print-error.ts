/**
 * An error as a person at a terminal sees it: the failure, and below it the remedy.
 *
 * @module
 */

import { inspect } from 'node:util'
import { isMayflyError, printableLines, type MayflyError } from '../../runtime/errors/index.ts'

/** What of an error is printed. */
export type PrintedError = Pick<MayflyError, 'message' | 'hint'>

/** @param context - goes before the message */
export function printError(error: unknown, context = ''): void {
  console.error(
    isMayflyError(error) ? errorText(error, `mayfly: ${context}`) : printableLines(inspect(error)),
  )
}

/**
 * Returns the error with its hint, as lines. Text of guests and files may be in it, but never at the beginning of a
 * line, where it could look like a line of ours.
 */
export function errorText({ message, hint }: PrintedError, before = ''): string {
  const lines = `${before}${message}`.replaceAll(/\n(?=\S)/g, '\n  ')
  const below = hint === undefined ? '' : `\n  ${hint.replaceAll('\n', '\n  ')}`
  return printableLines(lines + below)
}
