/**
 * Whether a text is a cron expression of five fields: minute, hour, day of the month, month, day of the week.
 *
 * It only checks. The times are for the host, whose library reads more than this: seconds, years, "L". What this takes means
 * the same in every cron.
 *
 * @module
 */

interface Field {
  readonly least: number
  readonly most: number
  readonly names?: readonly string[]
}

// prettier-ignore
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

const FIELDS: readonly Field[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, names: MONTHS },
  // 7 is Sunday too.
  { least: 0, most: 7, names: DAYS },
]

/** Whether `text` is such an expression. */
export function isCron(text: string): boolean {
  const parts = text.split(' ')
  return (
    parts.length === FIELDS.length &&
    FIELDS.every((field, index) =>
      (parts[index] ?? '').split(',').every((each) => isRange(each, field)),
    )
  )
}

/** `*`, `5`, `1-5`, and each of the first and the last with a step: `0-30/10`. */
function isRange(text: string, field: Field): boolean {
  const [range = '', step, ...rest] = text.split('/')
  if (rest.length > 0 || (step !== undefined && !isStep(step, field))) return false
  if (range === '*') return true
  const [from, to, ...others] = range.split('-').map((each) => valueOf(each, field))
  if (from === undefined || others.length > 0) return false
  // A step needs an end: some take that of `5/10` to be 59, and some 5.
  if (!range.includes('-')) return step === undefined
  return to !== undefined && from <= to
}

function isStep(text: string, { most }: Field): boolean {
  return /^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= most
}

function valueOf(text: string, { least, most, names = [] }: Field): number | undefined {
  const index = names.indexOf(text.toUpperCase())
  if (index >= 0) return index + least
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  return value >= least && value <= most ? value : undefined
}
