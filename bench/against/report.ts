/** The result of a comparison of two checkouts, as text for the terminal. @module */
import { aligned } from '../report/table.ts'
import { intervalOf, MARGIN, type State } from './decide.ts'
import type { CaseRows, Row } from './rows.ts'

export interface CaseReport {
  /** `suite/case` of this checkout. */
  readonly name: string
  readonly rows: CaseRows
  /** Why parts were left out. */
  readonly skipped: Set<string>
  /** Why the case could not be compared to its end. */
  failed: string | undefined
}

export interface ReportOptions {
  readonly remarks: readonly string[]
  /** Whether figures are shown, or only how many rows there are. */
  readonly figures: boolean
}

const HEADINGS = ['', 'case', 'measure', 'subject', 'ratio', 'from', 'to', 'rounds'] as const
const MARKS: Readonly<Record<State, string>> = {
  better: '+',
  same: ' ',
  worse: '!',
  undecided: '?',
}

export function reportText(
  reports: readonly CaseReport[],
  { remarks, figures }: ReportOptions,
): string {
  const rows = reports.flatMap(({ name, rows: { rows: own } }) => own.map((row) => ({ name, row })))
  const failed = reports.filter((report) => report.failed !== undefined)
  return [
    ...(figures ? [aligned(HEADINGS, rows.map(cellsOf), (column) => column >= 4)] : []),
    ...reports.flatMap(({ name, rows: { onlyHere, onlyThere }, skipped }) => [
      ...[...onlyHere].map((row) => `only in this checkout: ${name}: ${row}`),
      ...[...onlyThere].map((row) => `only in the other checkout: ${name}: ${row}`),
      ...[...skipped].map((reason) => `skipped in ${name}: ${reason}`),
    ]),
    ...remarks,
    ...failed.map(({ name, failed: reason }) => `FAILED ${name}: ${reason}`),
    figures
      ? summaryOf(rows.map(({ row }) => row))
      : `${rows.length} rows are measured in both checkouts, ${failed.length} cases failed`,
  ].join('\n')
}

function cellsOf({ name, row }: { name: string; row: Row }): string[] {
  const { measure, subject, ratios, state = 'undecided' } = row
  const texts =
    ratios.length === 0
      ? ['–', '–', '–']
      : [intervalOf(ratios)].flatMap(({ p50, low, high }) => [p50, low, high].map(ratioText))
  return [MARKS[state], name, measure, subject, ...texts, String(ratios.length)]
}

/** A tenth of a per cent is less than any difference that can be found. */
function ratioText(ratio: number): string {
  return ratio.toFixed(3)
}

function summaryOf(rows: readonly Row[]): string {
  const count = (wanted: State): number =>
    rows.filter(({ state = 'undecided' }) => state === wanted).length
  const margin = `${MARGIN * 100} %`
  return [
    'Ratios are this checkout ÷ the other; above 1 is slower.',
    `${rows.length} rows: ${count('worse')} worse by more than ${margin} (!), ${count('better')} better (+),`,
    `${count('same')} the same within ${margin}, ${count('undecided')} undecided (?)`,
  ].join(' ')
}
