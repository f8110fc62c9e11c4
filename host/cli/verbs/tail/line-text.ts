/** A live event of a host as a person at a terminal reads it. @module */

import { printable } from '../../../../runtime/errors/index.ts'
import type { TailLine } from '../../../control/index.ts'

// Enough of a UUID to find the other lines of the request on a screen.
const SHOWN_ID = 8

/** Clients and guests write parts of it, so no other line of it begins at the margin. */
export function lineText(line: TailLine): string {
  if (line.kind === 'lost')
    return `… ${line.count} events left out: they came faster than they were read`
  const { timeMs, level, id, agent = 'host' } = line
  const time = new Date(timeMs).toTimeString().slice(0, 8)
  const label = level === 'info' ? '' : `${level} `
  const [first, ...below] = textOf(line)
  const head = `${time} ${id.slice(0, SHOWN_ID).padEnd(SHOWN_ID)} ${agent}: ${label}${first}`
  return [printable(head), ...below.map((each) => `  ${printable(each)}`)].join('\n')
}

function textOf(line: Exclude<TailLine, { kind: 'lost' }>): [string, ...string[]] {
  switch (line.kind) {
    case 'request':
      return [`${line.method} ${line.path} ${line.status} in ${line.durationMs.toFixed(1)} ms`]
    case 'log':
      return split(line.message)
    case 'denied':
      return [
        `${line.capability} ${line.action} "${line.target}" ${line.outcome}`,
        ...hinted(line.hint),
      ]
    case 'failed': {
      const [first, ...frames] = split(line.message)
      return [`${line.state}: ${first}`, ...frames, ...hinted(line.hint)]
    }
  }
}

/** Frames of a stack have lines of their own; all else is one. */
function split(text: string): [string, ...string[]] {
  const [first = '', ...frames] = text.split(/\n(?= {4}at )/)
  return [first, ...frames]
}

function hinted(hint: string | undefined): string[] {
  return hint === undefined ? [] : [hint]
}
