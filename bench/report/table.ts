/** Findings as a table for the terminal. @module */
import { isMet, type Finding, type Goal } from '../measure/result.ts'

const HEADINGS = ['measure', 'subject', 'p50', 'p90', 'p99', 'cpu µs', 'ratio', 'goal', ''] as const

export function table(findings: readonly Finding[]): string {
  return aligned(HEADINGS, findings.map(rowOf), isNumber)
}

/** Lines of text under headings; columns of numbers end on the right. */
export function aligned(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  isNumberColumn: (column: number) => boolean,
): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        (isNumberColumn(column) ? cell.padStart : cell.padEnd).call(cell, widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return [line(headings), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join(
    '\n',
  )
}

function rowOf(finding: Finding): string[] {
  const { measure, subject, value, unit, cpu, ratio, goal } = finding
  const met = isMet(finding)
  return [
    measure,
    subject,
    `${figure(value.p50)} ${unit}`,
    figure(value.p90),
    figure(value.p99),
    cpu === undefined ? '' : figure(cpu.p50),
    ratio === undefined ? '' : `${figure(ratio.value.p50)} × (${ratio.of})`,
    goal === undefined ? '' : goalText(goal, unit),
    met === undefined ? '' : met ? 'met' : 'NOT MET',
  ]
}

export function goalText({ on, quantile, atMost, atLeast }: Goal, unit: string): string {
  const bound = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`
  const of = quantile === 'p50' ? '' : `${quantile} `
  return `${of}${bound} ${on === 'ratio' ? '×' : unit}`
}

/** Three significant digits. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}

function isNumber(column: number): boolean {
  return column >= 2 && column <= 5
}
