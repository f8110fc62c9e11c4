/**
 * An error as a person at a terminal sees it: what failed, and below it what to do.
 *
 * @module
 */

import { inspect } from 'node:util'
import { isMayflyError, printableLines, type MayflyError } from '../../runtime/errors/index.ts'

/** @param context - goes before the message */
export function printError(error: unknown, context = ''): void {
  console.error(
    isMayflyError(error) ? errorText(error, `mayfly: ${context}`) : printableLines(inspect(error)),
  )
}

/**
 * The error with its hint, as lines. What guests and files say may be in it: none of theirs begins where one of ours
 * does.
 */
export function errorText({ message, hint }: MayflyError, before = ''): string {
  const lines = `${before}${message}`.replaceAll(/\n(?=\S)/g, '\n  ')
  const below = hint === undefined ? '' : `\n  ${hint.replaceAll('\n', '\n  ')}`
  return printableLines(lines + below)
}
