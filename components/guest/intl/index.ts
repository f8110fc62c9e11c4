/**
 * `Intl`, and the methods of built-in objects that depend on a locale.
 *
 * Put in place before the modules of an agent that names any of them; the others have neither this code nor its objects in
 * their image. The data is the host's: objects here hold a description, and each use is a call. The default locale is
 * `en-US` and the default time zone `UTC`, wherever an agent is built or runs.
 *
 * @module
 */
import { Collator } from './collator.ts'
import { DateTimeFormat } from './date-time-format.ts'
import {
  DisplayNames,
  DurationFormat,
  ListFormat,
  PluralRules,
  RelativeTimeFormat,
} from './formats.ts'
import { canonicalLocales, query } from './host.ts'
import { Locale } from './locale.ts'
import { localeMethods } from './methods.ts'
import { NumberFormat } from './number-format.ts'
import { Segmenter } from './segmenter.ts'

const classes = {
  Collator,
  DateTimeFormat,
  DisplayNames,
  DurationFormat,
  ListFormat,
  Locale,
  NumberFormat,
  PluralRules,
  RelativeTimeFormat,
  Segmenter,
}

const functions = {
  getCanonicalLocales: (locales?: unknown) => canonicalLocales(locales),
  supportedValuesOf: (key: unknown) => query('', 'supportedValuesOf', `${key as string}`),
}

const Intl = {}
define(Intl, { ...classes, ...functions })
tag(Intl, 'Intl')
for (const [name, { prototype }] of Object.entries(classes)) tag(prototype, `Intl.${name}`)

define(globalThis, { Intl })
for (const [target, methods] of localeMethods) define(target, methods)

function define(target: object, values: object): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(target, name, { value, writable: true, configurable: true })
  }
}

function tag(target: object, value: string): void {
  Object.defineProperty(target, Symbol.toStringTag, { value, configurable: true })
}
