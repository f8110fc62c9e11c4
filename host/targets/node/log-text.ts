/**
 * A log line as a person at a terminal reads it. Everything else gets the JSON.
 *
 * @module
 */

import { printable } from '../../../runtime/errors/index.ts'

/** Fields of a line of `logger.ts` and the worker; the event decides which fields are present. */
interface LogFields {
  readonly level: string
  readonly time: number
  readonly msg?: string
  readonly event?: string
  readonly agent?: string
  readonly id?: string
  readonly method?: string
  readonly path?: string
  readonly status?: number
  readonly durationMs?: number
  readonly capability?: string
  readonly action?: string
  readonly target?: string
  readonly result?: string
  readonly hint?: string
}

// Enough of a UUID to find the other lines of the request on a screen.
const SHOWN_ID = 8

/**
 * Makes one line of text, and indented lines for the frames of a stack and for a hint. Clients and guests write parts of
 * it, so no other line of it begins anew, and none of them at the margin.
 *
 * @param line - one JSON line of the host's logger
 */
export function logText(line: string): string {
  // The logger of this folder wrote it.
  const fields = JSON.parse(line) as LogFields
  const { level, agent = 'host', id = '', hint } = fields
  const time = new Date(fields.time).toTimeString().slice(0, 8)
  const label = level === 'info' ? '' : `${level} `
  const text = `${time} ${id.slice(0, SHOWN_ID).padEnd(SHOWN_ID)} ${agent}: ${label}${message(fields)}`
  return `${withFrames(text)}${hint === undefined ? '' : `\n  ${printable(hint)}`}\n`
}

/** Frames begin as the engine writes them. */
function withFrames(text: string): string {
  return text
    .split(/\n(?= {4}at )/)
    .map(printable)
    .join('\n')
}

function message({ event, msg = '', ...fields }: LogFields): string {
  switch (event) {
    case 'request':
      return `${fields.method} ${fields.path} ${fields.status} in ${fields.durationMs?.toFixed(1)} ms`
    case 'capability':
      return `${fields.capability} ${fields.action} "${fields.target}" ${fields.result}`
    default:
      return msg
  }
}
