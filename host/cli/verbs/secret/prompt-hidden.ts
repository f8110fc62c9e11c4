/**
 * Asks a person at a terminal for a line that the terminal does not show.
 *
 * The question goes to standard error, so that standard output has results alone.
 *
 * @module
 */

import type { ReadStream } from 'node:tty'
import { MayflyError } from '../../../../runtime/errors/index.ts'

const ENTER = new Set(['\r', '\n'])
const BACKSPACE = new Set(['\b', '\u007F'])
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const CTRL_U = '\u0015'
// As a shell reports an end by Ctrl-C.
const INTERRUPTED = 130

/**
 * Returns the line, or nothing when the input ended without one. Ctrl-C ends the process.
 *
 * @throws {MayflyError} ERR_USAGE when several lines are pasted
 */
export async function promptHidden(
  question: string,
  input: ReadStream = process.stdin,
): Promise<string | undefined> {
  process.stderr.write(question)
  const setBack = (): void => void input.setRawMode(false)
  // Also after an error that nothing catches.
  process.once('exit', setBack)
  input.setRawMode(true)
  input.setEncoding('utf8')
  try {
    return await readLine(input)
  } finally {
    setBack()
    process.off('exit', setBack)
    input.pause()
    process.stderr.write('\n')
  }
}

function readLine(input: ReadStream): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let line: string[] = []
    const leave = (): void => {
      input.off('data', onData)
      input.off('end', onEnd)
    }
    const end = (result: string | undefined): void => {
      leave()
      resolve(result)
    }
    const onEnd = (): void => end(undefined)
    const onData = (text: string): void => {
      // An arrow or another key that is no character.
      if (text.startsWith('\u001B')) return
      const [, more = ''] = /[\r\n]+(.+)/s.exec(text) ?? []
      if (more !== '') {
        // The first line alone would be a secret that is cut off.
        leave()
        return reject(severalLines())
      }
      for (const key of text) {
        if (ENTER.has(key)) return end(line.join(''))
        if (key === CTRL_C) {
          process.stderr.write('\n')
          process.exit(INTERRUPTED)
        }
        if (key === CTRL_D && line.length === 0) return end(undefined)
        if (BACKSPACE.has(key)) line.pop()
        else if (key === CTRL_U) line = []
        else line.push(key)
      }
    }
    input.on('data', onData)
    input.once('end', onEnd)
  })
}

function severalLines(): MayflyError {
  return new MayflyError('ERR_USAGE', 'Cannot take the value: it has several lines', {
    hint: 'Put it into a file and name that with --from-file, or pipe it in',
  })
}
