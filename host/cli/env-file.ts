/**
 * Reads one file of variables, `NAME=value` a line.
 *
 * Values are read by Node's own parser, one variable at a time: of a whole file it skips lines that it does not
 * understand, and takes the next line for the value of `NAME= `. Errors never quote a line, because it may hold a secret.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { MayflyError } from '../../runtime/errors/index.ts'

/** A variable, and where it stands. */
export interface FileVariable {
  readonly name: string
  readonly value: string
  readonly file: string
  /** The first is 1. */
  readonly line: number
}

/** @throws {MayflyError} ERR_USAGE when the file cannot be read, or with the first line that is not a variable */
export function readEnvFile(file: string): FileVariable[] {
  return parseEnvText(readText(file), file)
}

// What an `agent.json` can name.
const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(.*)$/s
const BLANK_OR_COMMENT = /^[ \t]*(?:#.*)?$/s
const QUOTE = /^["'`]/
// Settings of the host, such as its token, but for the secrets of agents. Node itself obeys NODE_OPTIONS of a file that
// `--env-file` names, also where the option is for the script; of the rest it reads nothing (Node 26.10).
const OF_THE_HOST = /^(?:MAYFLY_(?!SECRET_)|NODE_OPTIONS$)/i

/**
 * @param file - names the text in errors
 * @throws {MayflyError} ERR_USAGE
 */
export function parseEnvText(text: string, file: string): FileVariable[] {
  const lines = text.split(/\r\n|\n|\r/)
  const variables: FileVariable[] = []
  for (let index = 0; index < lines.length; index++) {
    const first = lines[index] ?? ''
    const line = index + 1
    if (BLANK_OR_COMMENT.test(first)) continue
    const [, name, rest = ''] = ASSIGNMENT.exec(first) ?? []
    if (name === undefined) {
      const hint = 'Write NAME=value, with letters, digits and _ in the name, or # before a comment'
      throw unreadable(file, line, 'not a variable', hint)
    }
    if (OF_THE_HOST.test(name)) {
      const hint = `Set ${name} for mayfly itself: a file has values for agents only`
      throw unreadable(file, line, `${name} is a setting of the host`, hint)
    }
    const taken = QUOTE.test(rest) ? quoted(rest, lines, index, file) : [rest]
    index += taken.length - 1
    const value = parseEnv(`${name}=${taken.join('\n')}`)[name] ?? ''
    variables.push({ name, value, file, line })
  }
  return variables
}

/** Returns the lines of a value in quotes, up to its closing quote. */
function quoted(rest: string, lines: readonly string[], start: number, file: string): string[] {
  const quote = rest.charAt(0)
  const taken: string[] = []
  for (let index = start; index < lines.length; index++) {
    const text = index === start ? rest : (lines[index] ?? '')
    const end = text.indexOf(quote, index === start ? 1 : 0)
    taken.push(text)
    if (end === -1) continue
    if (BLANK_OR_COMMENT.test(text.slice(end + 1))) return taken
    const hint = `Put a value that contains ${quote} between quotes of another kind: " or ' or \``
    throw unreadable(file, index + 1, 'text follows the closing quote', hint)
  }
  const hint = `Close the value with ${quote}, or put it between quotes of another kind`
  throw unreadable(file, start + 1, `its quote ${quote} is not closed`, hint)
}

function readText(file: string): string {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file)
  } catch (cause) {
    throw new MayflyError(
      'ERR_USAGE',
      `Cannot read variables "${file}": no such file, or not readable`,
      { cause, hint: 'Give the name of a file with lines NAME=value', facts: { file } },
    )
  }
  try {
    // It takes the mark of the byte order away as well.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new MayflyError('ERR_USAGE', `Cannot read variables "${file}": not UTF-8`, {
      cause,
      hint: 'Save the file as UTF-8',
      facts: { file },
    })
  }
}

function unreadable(file: string, line: number, state: string, hint: string): MayflyError {
  return new MayflyError('ERR_USAGE', `Cannot read variables "${file}", line ${line}: ${state}`, {
    hint,
    facts: { file, line },
  })
}
