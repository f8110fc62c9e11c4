/**
 * A failed build as the page of its author shows it.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { isMayflyError, printableLines, type MayflyError } from '../../../runtime/errors/index.ts'
import type { BuildFailure, SourceLine } from '../../targets/node/index.ts'

// Enough to see the statement, and no page of its own.
const LINES_AROUND = 3

/**
 * @param agent - its name
 * @param hasOlder - whether an earlier version of it is served
 */
export function buildFailure(error: unknown, agent: string, hasOlder: boolean): BuildFailure {
  if (!isMayflyError(error)) {
    return { agent, hasOlder, title: `Cannot build agent "${agent}"`, text: String(error) }
  }
  const [title = '', ...rest] = printableLines(error.message).split('\n')
  const { file, line, column } = error.facts
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  return {
    agent,
    hasOlder,
    title,
    text: rest.map((each) => each.replace(/^ {2}/, '')).join('\n'),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(typeof file === 'string' ? { place } : {}),
    ...withLines(error),
  }
}

function withLines({ message, facts }: MayflyError): { lines?: readonly SourceLine[] } {
  const { file, line, column = 1 } = facts
  if (typeof file !== 'string' || typeof line !== 'number' || typeof column !== 'number') return {}
  // The error shows the line itself only of a file that the build may read.
  if (!message.includes(`\n    ${line} | `)) return {}
  try {
    const all = readFileSync(resolve(file), 'utf8').split(/\r?\n/)
    const first = Math.max(1, line - LINES_AROUND)
    const shown = all.slice(first - 1, line + LINES_AROUND)
    return {
      lines: shown.map((text, index) => {
        const number = first + index
        return { number, text, ...(number === line ? { column } : {}) }
      }),
    }
  } catch {
    return {} // Gone since
  }
}
