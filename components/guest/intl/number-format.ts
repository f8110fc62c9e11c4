/** `Intl.NumberFormat`. @module */
import { description, read } from './options.ts'
import { rangeFormat } from './range-format.ts'

export const DIGITS =
  'number:minimumIntegerDigits number:minimumFractionDigits number:maximumFractionDigits number:minimumSignificantDigits number:maximumSignificantDigits number:roundingIncrement roundingMode roundingPriority trailingZeroDisplay'
const OPTIONS = `localeMatcher numberingSystem style currency currencyDisplay currencySign unit unitDisplay notation ${DIGITS} compactDisplay either:useGrouping signDisplay`

/** The description of a format of numbers. */
export function numberFormat(locales: unknown, options: unknown): string {
  return description('NumberFormat', locales, read(options, OPTIONS, true))
}

/** A number as the host reads it: it keeps the sign of 0, all digits of texts and of big integers. */
export function numberText(value: unknown): string {
  const primitive =
    typeof value === 'object' && value !== null ? toPrimitive(value) : (value as unknown)
  if (typeof primitive === 'bigint') return `${primitive}n`
  if (typeof primitive === 'string') {
    const text = primitive.trim()
    // A text that ends like that is no number.
    return text.endsWith('n') ? 'NaN' : text || '0'
  }
  const number = +(primitive as number)
  return Object.is(number, -0) ? '-0' : `${number}`
}

export const NumberFormat = rangeFormat({
  name: 'NumberFormat',
  value: 'value',
  describe: numberFormat,
  toText: numberText,
})

function toPrimitive(value: object): unknown {
  // What an operator asks an object for: a number, if it can be one.
  const asked = Reflect.get(value, Symbol.toPrimitive) as unknown
  if (asked !== undefined && asked !== null) {
    return requirePrimitive(Reflect.apply(asked as () => unknown, value, ['number']))
  }
  for (const name of ['valueOf', 'toString']) {
    const method = Reflect.get(value, name) as unknown
    if (typeof method !== 'function') continue
    const made: unknown = Reflect.apply(method, value, [])
    if (typeof made !== 'object' || made === null) return requirePrimitive(made)
  }
  throw new TypeError('Cannot use an object as a number')
}

function requirePrimitive(value: unknown): unknown {
  if (typeof value === 'function' || (typeof value === 'object' && value !== null)) {
    throw new TypeError('Cannot use an object as a number')
  }
  return value
}
