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
// As `buildError` shows a line, and the mark below it.
const EXCERPT = /^ +(?:\d+ )?\| /

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
  const lines = linesAround(error)
  const shown = lines === undefined ? rest : rest.filter((each) => !EXCERPT.test(each))
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  return {
    agent,
    hasOlder,
    title,
    text: shown.map((each) => each.replace(/^ {2}/, '')).join('\n'),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(typeof file === 'string' ? { place } : {}),
    ...(lines === undefined ? {} : { lines }),
  }
}

/** The lines around the first problem, if its error shows the line. */
function linesAround({ message, facts }: MayflyError): readonly SourceLine[] | undefined {
  const { file, line, column = 1 } = facts
  if (typeof file !== 'string' || typeof line !== 'number' || typeof column !== 'number')
    return undefined
  // The error shows the line itself only of a file that the build may read.
  if (!message.includes(`\n    ${line} | `)) return undefined
  try {
    const all = readFileSync(resolve(file), 'utf8').split(/\r?\n/)
    const first = Math.max(1, line - LINES_AROUND)
    const shown = all.slice(first - 1, line + LINES_AROUND)
    return shown.map((text, index) => {
      const number = first + index
      return { number, text, ...(number === line ? { column } : {}) }
    })
  } catch {
    return undefined // Gone since
  }
}
