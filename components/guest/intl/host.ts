/**
 * Calls of the interface `intl`. Unlike other calls of the host they work while the agent is built: then the build answers.
 *
 * @module
 */
import * as host from 'mayfly:agent/intl@0.2.0'

/** Writes `value` as `formatter` describes it. @throws {RangeError | TypeError} as `Intl` does */
export function format(formatter: string, value: string): string {
  try {
    return host.format(formatter, value)
  } catch (error) {
    throw explained(error, formatter, value)
  }
}

/** Compares two texts. @throws {RangeError | TypeError} as `Intl` does */
export function compare(collator: string, one: string, other: string): number {
  try {
    return Number(host.compare(collator, one, other))
  } catch (error) {
    throw explained(error, collator, '')
  }
}

/** Asks a question, and reads the answer. @throws {RangeError | TypeError} as `Intl` does */
export function query<Answer>(formatter: string, question: string, value = ''): Answer {
  try {
    return JSON.parse(host.query(formatter, question, value)) as Answer
  } catch (error) {
    throw explained(error, formatter, value)
  }
}

/** The tags of `locales` as they are written, in order, as `CanonicalizeLocaleList` reads them but for the check. */
export function localeList(locales: unknown): string[] {
  if (locales === undefined) return []
  if (typeof locales === 'string' || tagOf(locales) !== undefined) return [toTag(locales)]
  if (locales === null) throw new TypeError('Cannot use null for locales')
  const list = Object(locales) as ArrayLike<unknown>
  const tags: string[] = []
  const length = Math.min(Math.trunc(Number(list.length)) || 0, Number.MAX_SAFE_INTEGER)
  for (let at = 0; at < length; at++) {
    if (!(at in list)) continue
    const tag = toTag(list[at])
    if (!tags.includes(tag)) tags.push(tag)
    if (tags.length > MAX_LOCALES)
      throw new RangeError(`Cannot use more than ${MAX_LOCALES} locales`)
  }
  return tags
}

// The host takes descriptions of 8192 characters, and a tag is mostly two to ten.
const MAX_LOCALES = 1000

/** The same, in canonical form. @throws {RangeError} for a tag that is none */
export function canonicalLocales(locales: unknown): string[] {
  const list = localeList(locales)
  return list.length === 0 ? [] : query(JSON.stringify(['Intl', list]), 'getCanonicalLocales')
}

const tags = new WeakMap<object, string>()

/** Makes `locale`, an `Intl.Locale`, stand for `tag`. */
export function setTag(locale: object, tag: string): void {
  tags.set(locale, tag)
}

/** The tag of an `Intl.Locale`. */
export function tagOf(locale: unknown): string | undefined {
  return typeof locale === 'object' && locale !== null ? tags.get(locale) : undefined
}

function toTag(value: unknown): string {
  if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) {
    throw new TypeError('Cannot use a locale: neither a text nor an object')
  }
  return tagOf(value) ?? `${value as string}`
}

/** The error that `Intl` throws, for one of the host. */
function explained(error: unknown, formatter: string, value: string): unknown {
  const code = typeof error === 'object' && error !== null && 'payload' in error && error.payload
  const what = formatter === '' ? `"${value}"` : formatter
  const given = value === '' || formatter === '' ? '' : ` for ${value.slice(0, 100)}`
  if (code === 'malformed') {
    return new RangeError(
      `Cannot use Intl with ${what}${given}: a locale, an option or a value is not known or out of range`,
    )
  }
  if (code === 'misused') {
    return new TypeError(
      `Cannot use Intl with ${what}${given}: options exclude each other, or one is absent`,
    )
  }
  if (code === 'limited') return new RangeError('Cannot use Intl: a text or a number is too long')
  return error
}
