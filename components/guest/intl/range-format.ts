/** What formats of dates and of numbers have in common: single values, and ranges of two. @module */
import { format, query } from './host.ts'
import { callable, checked } from './options.ts'

/** What differs between them. */
export interface RangeKind {
  /** The name of the constructor. */
  readonly name: string
  /** A value, for messages: `date`. */
  readonly value: string
  /** Returns the description of a format. */
  readonly describe: (locales: unknown, options: unknown) => string
  /** Returns a value as the host reads it. */
  readonly toText: (value: unknown) => string
}

/**
 * Both values of a range, for the host.
 *
 * @throws {TypeError} when one is undefined
 */
function rangeText({ value, toText }: RangeKind, start: unknown, end: unknown): string {
  if (start === undefined || end === undefined) {
    throw new TypeError(`Cannot format a range: a ${value} is undefined`)
  }
  return JSON.stringify([toText(start), toText(end)])
}

/** A format of dates or of numbers. */
export interface RangeFormat {
  readonly format: (value: unknown) => string
  formatToParts(value: unknown): object[]
  formatRange(start: unknown, end: unknown): string
  formatRangeToParts(start: unknown, end: unknown): object[]
  resolvedOptions(): object
}

/** Makes the constructor. */
export function rangeFormat(
  kind: RangeKind,
): new (locales?: unknown, options?: unknown) => RangeFormat {
  const { name, describe, toText } = kind
  class Format implements RangeFormat {
    readonly #text: string
    #bound: ((value: unknown) => string) | undefined

    constructor(locales?: unknown, options?: unknown) {
      this.#text = checked(describe(locales, options))
    }

    get format(): (value: unknown) => string {
      return (this.#bound ??= (value) => format(this.#text, toText(value)))
    }

    formatToParts(value: unknown): object[] {
      return query(this.#text, 'formatToParts', toText(value))
    }

    formatRange(start: unknown, end: unknown): string {
      return query(this.#text, 'formatRange', rangeText(kind, start, end))
    }

    formatRangeToParts(start: unknown, end: unknown): object[] {
      return query(this.#text, 'formatRangeToParts', rangeText(kind, start, end))
    }

    resolvedOptions(): object {
      return query(this.#text, 'resolvedOptions')
    }
  }
  return callable(Format, name)
}
