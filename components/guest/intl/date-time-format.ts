/** `Intl.DateTimeFormat`. @module */
import { now } from '../host.ts'
import { description, read, type Options } from './options.ts'
import { rangeFormat } from './range-format.ts'

const DATE = ['weekday', 'year', 'month', 'day']
const TIME = ['dayPeriod', 'hour', 'minute', 'second', 'fractionalSecondDigits']
const DATE_DEFAULTS = { year: 'numeric', month: 'numeric', day: 'numeric' }
const TIME_DEFAULTS = { hour: 'numeric', minute: 'numeric', second: 'numeric' }
const OPTIONS =
  'localeMatcher calendar numberingSystem boolean:hour12 hourCycle timeZone weekday era year month day dayPeriod hour minute second number:fractionalSecondDigits timeZoneName formatMatcher dateStyle timeStyle'

/** The description of a format of dates. `part` is the part of a date that a method of `Date` writes. */
export function dateTimeFormat(
  locales: unknown,
  given: unknown,
  part?: 'any' | 'date' | 'time',
): string {
  const options = read(given, OPTIONS, true)
  if (part !== undefined) addDefaults(options, part)
  return description('DateTimeFormat', locales, options)
}

function addDefaults(options: Options, part: 'any' | 'date' | 'time'): void {
  const { dateStyle, timeStyle } = options
  const excluded = part === 'date' ? timeStyle : part === 'time' ? dateStyle : undefined
  if (excluded !== undefined) {
    throw new TypeError(`Cannot format the ${part} alone: with a style of the other part`)
  }
  if (dateStyle !== undefined || timeStyle !== undefined) return
  const asked = [...(part === 'time' ? [] : DATE), ...(part === 'date' ? [] : TIME)]
  if (asked.some((name) => options[name] !== undefined)) return
  if (part !== 'time') Object.assign(options, DATE_DEFAULTS)
  if (part !== 'date') Object.assign(options, TIME_DEFAULTS)
}

/** A date as the host reads it: its milliseconds. @throws {RangeError} for a date that is none */
export function dateText(date: unknown): string {
  const time = date === undefined ? Math.floor(now()) : +(date as number)
  if (Math.abs(time) <= MAX_TIME) return `${Math.trunc(time)}`
  throw new RangeError('Invalid time value')
}

// The last moment that a Date can hold.
const MAX_TIME = 8.64e15

export const DateTimeFormat = rangeFormat({
  name: 'DateTimeFormat',
  value: 'date',
  describe: (locales, options) => dateTimeFormat(locales, options),
  toText: dateText,
})
