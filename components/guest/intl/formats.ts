/** Constructors of `Intl` that differ in their options and in how a value is written. @module */
import { format, query } from './host.ts'
import { checked, description, read, supportedLocalesOf } from './options.ts'
import { DIGITS } from './number-format.ts'

class Format {
  readonly #text: string

  constructor(kind: string, names: string, locales: unknown, options: unknown, isLenient = false) {
    this.#text = checked(description(kind, locales, read(options, names, isLenient)))
  }

  static format(of: Format, value: string): string {
    return format(of.#text, value)
  }

  static query<Answer>(of: Format, question: string, value: string): Answer {
    return query(of.#text, question, value)
  }

  resolvedOptions(): object {
    return query(this.#text, 'resolvedOptions')
  }
}

export class PluralRules extends Format {
  static supportedLocalesOf = supportedLocalesOf('PluralRules')

  constructor(locales?: unknown, options?: unknown) {
    super(
      'PluralRules',
      `localeMatcher type notation ${DIGITS} compactDisplay`,
      locales,
      options,
      true,
    )
  }

  select(value: unknown): string {
    return Format.format(this, `${+(value as number)}`)
  }

  selectRange(start: unknown, end: unknown): string {
    if (start === undefined || end === undefined) {
      throw new TypeError('Cannot select for a range: a value is undefined')
    }
    const range = [`${+(start as number)}`, `${+(end as number)}`]
    return Format.query(this, 'selectRange', JSON.stringify(range))
  }
}

export class RelativeTimeFormat extends Format {
  static supportedLocalesOf = supportedLocalesOf('RelativeTimeFormat')

  constructor(locales?: unknown, options?: unknown) {
    super(
      'RelativeTimeFormat',
      'localeMatcher numberingSystem style numeric',
      locales,
      options,
      true,
    )
  }

  format(value: unknown, unit: unknown): string {
    return Format.format(this, timeText(value, unit))
  }

  formatToParts(value: unknown, unit: unknown): object[] {
    return Format.query(this, 'formatToParts', timeText(value, unit))
  }
}

function timeText(value: unknown, unit: unknown): string {
  const number = +(value as number)
  return JSON.stringify([Object.is(number, -0) ? '-0' : `${number}`, `${unit as string}`])
}

export class ListFormat extends Format {
  static supportedLocalesOf = supportedLocalesOf('ListFormat')

  constructor(locales?: unknown, options?: unknown) {
    super('ListFormat', 'localeMatcher type style', locales, options)
  }

  format(list?: Iterable<unknown>): string {
    return Format.format(this, listText(list))
  }

  formatToParts(list?: Iterable<unknown>): object[] {
    return Format.query(this, 'formatToParts', listText(list))
  }
}

function listText(list: Iterable<unknown> = []): string {
  const texts: string[] = []
  for (const each of list) {
    if (typeof each !== 'string') throw new TypeError('Cannot format a list: not only of texts')
    texts.push(each)
  }
  return JSON.stringify(texts)
}

export class DisplayNames extends Format {
  static supportedLocalesOf = supportedLocalesOf('DisplayNames')

  constructor(locales: unknown, options: unknown) {
    if (options === undefined) throw new TypeError('Cannot name anything: options.type is absent')
    super('DisplayNames', 'localeMatcher style type fallback languageDisplay', locales, options)
  }

  of(code: unknown): string | undefined {
    return Format.query<string | null>(this, 'of', `${code as string}`) ?? undefined
  }
}

const UNITS = 'years months weeks days hours minutes seconds milliseconds microseconds nanoseconds'
const DURATION_OPTIONS = UNITS.replaceAll(/\w+/g, (unit) => `${unit} ${unit}Display`)

export class DurationFormat extends Format {
  static supportedLocalesOf = supportedLocalesOf('DurationFormat')

  constructor(locales?: unknown, options?: unknown) {
    const names = `localeMatcher numberingSystem style ${DURATION_OPTIONS} number:fractionalDigits`
    super('DurationFormat', names, locales, options)
  }

  format(duration: unknown): string {
    return Format.format(this, durationText(duration))
  }

  formatToParts(duration: unknown): object[] {
    return Format.query(this, 'formatToParts', durationText(duration))
  }
}

function durationText(duration: unknown): string {
  if (typeof duration === 'string') return JSON.stringify(duration)
  if (typeof duration !== 'object' || duration === null) {
    throw new TypeError('Cannot format a duration: neither an object nor a text')
  }
  const read: Record<string, number> = {}
  // In the order of the standard, which is that of the alphabet.
  for (const unit of UNITS.split(' ').toSorted()) {
    const value = (duration as Readonly<Record<string, unknown>>)[unit]
    if (value === undefined) continue
    const number = +(value as number)
    if (!Number.isInteger(number)) {
      throw new RangeError(`Cannot format a duration of ${number} ${unit}: no whole number`)
    }
    read[unit] = number
  }
  return JSON.stringify(read)
}
