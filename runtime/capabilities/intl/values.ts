/**
 * Values for formatters, of texts.
 *
 * @module
 */
import { GuestError } from '../../host-module/index.ts'

/** Longest number, in digits: a longer one would take a formatter longer than its fuel says. */
const MAX_NUMBER = 4096
const WHOLE = /^-?\d+n$/

/**
 * The number that `text` is: a number where that says all of it, else the text, which keeps more digits and the sign of 0.
 *
 * @throws {GuestError} `limited` when it is too long
 */
export function numberOf(text: string): number | bigint {
  if (text.length > MAX_NUMBER) throw new GuestError('limited')
  if (WHOLE.test(text)) return BigInt(text.slice(0, -1))
  const number = Number(text)
  // Formatters take texts, which the types of the platform know only as literals.
  return String(number) === text ? number : (text as unknown as number)
}

/** The time that `text` says, in milliseconds since 1970. Formatters refuse one that is none. */
export function dateOf(text: string): number {
  return text === '' ? Number.NaN : Number(text)
}

/** @throws {GuestError} `malformed` when it is no list of texts */
export function textsOf(json: string): string[] {
  const list: unknown = JSON.parse(json)
  if (Array.isArray(list) && list.every((each) => typeof each === 'string')) return list
  throw new GuestError('malformed')
}

/** Both values of a range. @throws {GuestError} `malformed` when they are not two texts */
export function rangeOf(json: string): [start: string, end: string] {
  const [start, end, ...others] = textsOf(json)
  if (start !== undefined && end !== undefined && others.length === 0) return [start, end]
  throw new GuestError('malformed')
}

/** A number and its unit. @throws {GuestError} `malformed` when they are not two texts */
export function timeFromNowOf(json: string): [value: number, unit: Intl.RelativeTimeFormatUnit] {
  const [value, unit] = rangeOf(json)
  // The formatter refuses any other unit.
  return [Number(value), unit as Intl.RelativeTimeFormatUnit]
}

/** @throws {GuestError} `malformed` when it is neither a text nor an object of numbers */
export function durationOf(json: string): unknown {
  const duration: unknown = JSON.parse(json)
  if (typeof duration === 'string') return duration
  const isRecord = typeof duration === 'object' && duration !== null && !Array.isArray(duration)
  if (isRecord && Object.values(duration).every((each) => typeof each === 'number')) return duration
  throw new GuestError('malformed')
}
