/**
 * Rows under headings, in columns as wide as their longest cell.
 *
 * @module
 */

import { printable } from '../../runtime/errors/index.ts'

const GAP = '  '

/** Cells may hold text from outside: each is printed as one line, whatever is in it. */
export function tableOf(
  headings: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const lines = [headings, ...rows].map((row) => row.map((cell) => printable(String(cell))))
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  )
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n')
}
