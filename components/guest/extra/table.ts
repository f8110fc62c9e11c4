/** The table that `console.table` draws. @module */

import { parts } from '../parts.ts'
import { inspect } from '../web/inspect.ts'
import { ownValue } from '../web/object-names.ts'

const INDEX = '(index)'
const VALUES = 'Values'

parts.table = table

/**
 * Returns the rows of `data`, a list or an object of rows, as Node draws them; nothing when there are none.
 *
 * @param columns - names of the only columns to show
 */
function table(data: unknown, columns?: unknown): string | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const isMap = data instanceof Map
  const isSet = data instanceof Set
  const rows: (readonly [key: string, row: unknown])[] = isMap
    ? Array.from(data, ([key, row], at) => [
        String(at),
        new Map([
          ['Key', key],
          [VALUES, row],
        ]),
      ])
    : isSet
      ? Array.from(data, (row, at) => [String(at), row])
      : Object.keys(data).map((key) => [key, ownValue(data, key)])
  const names = new Set<string>()
  let hasValues = false
  const cells = rows.map(([key, row]) => {
    const cell = new Map<string, string>()
    if (isMap) {
      for (const [name, one] of row as Map<string, unknown>) cell.set(name, inspect(one))
    } else if (typeof row === 'object' && row !== null) {
      for (const name of Object.keys(row)) cell.set(name, inspect(ownValue(row, name)))
    } else {
      hasValues = true
      cell.set(VALUES, inspect(row))
    }
    for (const name of cell.keys()) if (isMap || name !== VALUES || isObject(row)) names.add(name)
    return [key, cell] as const
  })
  const chosen = Array.isArray(columns) ? columns.map(String) : [...names]
  const index = isMap || isSet ? '(iteration index)' : INDEX
  const header = [index, ...chosen, ...(hasValues && !chosen.includes(VALUES) ? [VALUES] : [])]
  const lines = cells.map(([key, cell]) =>
    header.map((name, at) => (at === 0 ? key : (cell.get(name) ?? ''))),
  )
  return draw([header, ...lines])
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function draw(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, at) =>
    Math.max(...lines.map((line) => (line[at] ?? '').length + 2)),
  )
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width)).join(middle) + right
  const [header = '', ...rows] = lines.map(
    (line) => `│${line.map((cell, at) => ` ${cell}`.padEnd(widths[at] ?? 0)).join('│')}│`,
  )
  return [rule('┌', '┬', '┐'), header, rule('├', '┼', '┤'), ...rows, rule('└', '┴', '┘')].join('\n')
}
