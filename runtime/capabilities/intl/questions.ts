/**
 * Answers of `query`: functions of formatters, of their constructors, and of `Intl` itself.
 *
 * @module
 */
import { GuestError } from '../../host-module/index.ts'
import { decode, encodingOf } from './encodings.ts'
import { classOf, usableLocales, type Charge, type Description } from './formatter-cache.ts'
import { dateOf, durationOf, numberOf, rangeOf, textsOf, timeFromNowOf } from './values.ts'

export interface Asked {
  readonly value: string
  readonly charge: Charge
  /** Reads the description of the formatter. */
  describe(): Description
  /** Finds or makes the formatter. */
  find(): object
}

/** Longest text, in UTF-16 units: the slowest work on one takes some tens of milliseconds. */
export const MAX_TEXT = 131_072

// Microseconds, measured on Node 26 and rounded up.
const ANSWERED = 10
const ANSWERED_RANGE = 60
const LISTED = 500
const LOOKED_UP = 1 // For a unit of a description: five for a tag
const SEGMENTED = 0.2 // For a unit of text
const CASED = 0.06

type Answer = (asked: Asked) => unknown

/** What the answers call: the names are those of the functions. Each formatter has some of them. */
type Functions = Readonly<Record<string, ((...values: unknown[]) => unknown) | undefined>>

const ANSWERS: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['check', ({ find }) => void find()],
  ['resolvedOptions', (asked) => call(asked, 'resolvedOptions', [])],
  ['of', (asked) => call(asked, 'of', [asked.value])],
  ['formatToParts', (asked) => call(asked, 'formatToParts', valuesOf(asked))],
  ['formatRange', (asked) => callRange(asked, 'formatRange')],
  ['formatRangeToParts', (asked) => callRange(asked, 'formatRangeToParts')],
  ['selectRange', (asked) => callRange(asked, 'selectRange')],
  ['segment', segment],
  ['supportedLocalesOf', supportedLocalesOf],
  ['supportedValuesOf', supportedValuesOf],
  ['getCanonicalLocales', (asked) => Intl.getCanonicalLocales([...lookUp(asked).locales])],
  ['toUpperCase', (asked) => asked.value.toLocaleUpperCase([...caseLocales(asked)])],
  ['toLowerCase', (asked) => asked.value.toLocaleLowerCase([...caseLocales(asked)])],
  ['locale', describeLocale],
  ['localeList', listOfLocale],
  ['encoding', encodingOf],
  ['decode', decode],
])

/**
 * Answers `question`.
 *
 * @throws {GuestError} `malformed` for a question that nothing answers
 * @throws {RangeError} for a value that is out of range
 * @throws {TypeError} for a function that the formatter lacks
 */
export function answerOf(question: string, asked: Asked): unknown {
  const answer = ANSWERS.get(question)
  if (answer === undefined) throw new GuestError('malformed')
  asked.charge(ANSWERED)
  return answer(asked)
}

function call({ find }: Asked, name: string, values: readonly unknown[]): unknown {
  const found = find() as Functions
  const method = found[name]
  if (method === undefined) throw new GuestError('misused')
  return method.apply(found, [...values])
}

function callRange(asked: Asked, name: string): unknown {
  asked.charge(ANSWERED_RANGE)
  const found = asked.find()
  const toValue =
    found instanceof Intl.DateTimeFormat
      ? dateOf
      : found instanceof Intl.PluralRules
        ? Number
        : numberOf
  return call(asked, name, rangeOf(asked.value).map(toValue))
}

function valuesOf({ find, value, charge }: Asked): readonly unknown[] {
  const found = find()
  charge(value.length * SEGMENTED)
  if (found instanceof Intl.NumberFormat) return [numberOf(value)]
  if (found instanceof Intl.DateTimeFormat) return [dateOf(value)]
  if (found instanceof Intl.RelativeTimeFormat) return timeFromNowOf(value)
  if (found instanceof Intl.ListFormat) return [textsOf(value)]
  charge(ANSWERED_RANGE)
  return [durationOf(value)]
}

function segment({ find, value, charge }: Asked): unknown {
  const segmenter = find()
  if (!(segmenter instanceof Intl.Segmenter)) throw new GuestError('misused')
  charge(value.length * SEGMENTED)
  const starts: number[] = []
  const words: number[] = []
  for (const { index, isWordLike } of segmenter.segment(value)) {
    starts.push(index)
    if (isWordLike !== undefined) words.push(Number(isWordLike))
  }
  return [starts, words]
}

function supportedLocalesOf(asked: Asked): unknown {
  const { kind, locales, options } = lookUp(asked)
  return classOf(kind).supportedLocalesOf(locales, options)
}

function supportedValuesOf({ value, charge }: Asked): unknown {
  charge(LISTED)
  // It refuses any other key.
  return Intl.supportedValuesOf(value as 'calendar')
}

function caseLocales(asked: Asked): readonly string[] {
  asked.charge(asked.value.length * CASED)
  const { locales } = lookUp(asked)
  // Rules of case are there for every locale: those without own ones have the rules of Unicode.
  return usableLocales(locales, (wanted) => Intl.getCanonicalLocales([...wanted]).slice(0, 1))
}

function describeLocale(asked: Asked): unknown {
  const locale = localeOf(asked)
  const properties = LOCALE_PROPERTIES.map((name) => [name, Reflect.get(locale, name)] as const)
  return {
    ...Object.fromEntries(properties.filter(([, value]) => value !== undefined)),
    tag: locale.toString(),
    maximized: locale.maximize().toString(),
    minimized: locale.minimize().toString(),
  }
}

const LOCALE_PROPERTIES = [
  ...['baseName', 'calendar', 'caseFirst', 'collation', 'firstDayOfWeek', 'hourCycle', 'language'],
  ...['numberingSystem', 'numeric', 'region', 'script', 'variants'],
]
const LOCALE_LISTS = new Set([
  ...['getCalendars', 'getCollations', 'getHourCycles', 'getNumberingSystems', 'getTextInfo'],
  ...['getTimeZones', 'getWeekInfo'],
])

function listOfLocale(asked: Asked): unknown {
  const locale = localeOf(asked)
  if (!LOCALE_LISTS.has(asked.value)) throw new GuestError('malformed')
  asked.charge(LISTED)
  const list = (locale as unknown as Functions)[asked.value]
  if (list === undefined) throw new GuestError('misused')
  return list.call(locale)
}

function localeOf(asked: Asked): Intl.Locale {
  const { locales, options } = lookUp(asked)
  const [tag] = locales
  if (tag === undefined) throw new GuestError('misused')
  return new Intl.Locale(tag, options)
}

/** Reads a description whose locales will be looked up. */
function lookUp({ describe, charge }: Asked): Description {
  const description = describe()
  const length = description.locales.reduce((sum, { length: units }) => sum + units, 0)
  charge(length * LOOKED_UP)
  return description
}
