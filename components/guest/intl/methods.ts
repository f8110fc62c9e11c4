/** Methods of built-in objects that depend on a locale. @module */
import { collator } from './collator.ts'
import { dateText, dateTimeFormat } from './date-time-format.ts'
import { compare, format, localeList, query } from './host.ts'
import { numberFormat, numberText } from './number-format.ts'

const numberOf = Number.prototype.valueOf
const bigintOf = BigInt.prototype.valueOf
const timeOf = Date.prototype.getTime
// Most calls name neither a locale nor options.
const PLAIN_ORDER = collator(undefined, undefined)

/** The prototypes, each with its methods. */
export const localeMethods: readonly (readonly [target: object, methods: object])[] = [
  [
    Number.prototype,
    {
      toLocaleString(this: number, locales?: unknown, options?: unknown): string {
        const value = numberOf.call(this)
        return format(numberFormat(locales, options), numberText(value))
      },
    },
  ],
  [
    BigInt.prototype,
    {
      toLocaleString(this: bigint, locales?: unknown, options?: unknown): string {
        const value = bigintOf.call(this)
        return format(numberFormat(locales, options), numberText(value))
      },
    },
  ],
  [
    Date.prototype,
    {
      toLocaleString(this: Date, locales?: unknown, options?: unknown): string {
        return dateIn(this, locales, options, 'any')
      },
      toLocaleDateString(this: Date, locales?: unknown, options?: unknown): string {
        return dateIn(this, locales, options, 'date')
      },
      toLocaleTimeString(this: Date, locales?: unknown, options?: unknown): string {
        return dateIn(this, locales, options, 'time')
      },
    },
  ],
  [
    String.prototype,
    {
      localeCompare(this: unknown, other: unknown, locales?: unknown, options?: unknown): number {
        const [one, second] = [textOf(this), `${other as string}`]
        const isPlain = locales === undefined && options === undefined
        return compare(isPlain ? PLAIN_ORDER : collator(locales, options), one, second)
      },
      toLocaleLowerCase(this: unknown, locales?: unknown): string {
        const [text, list] = [textOf(this), localeList(locales)]
        return list.length === 0 ? text.toLowerCase() : cased('toLowerCase', text, list)
      },
      toLocaleUpperCase(this: unknown, locales?: unknown): string {
        const [text, list] = [textOf(this), localeList(locales)]
        return list.length === 0 ? text.toUpperCase() : cased('toUpperCase', text, list)
      },
    },
  ],
  ...[Array.prototype, Object.getPrototypeOf(Uint8Array.prototype) as object].map(
    (target) =>
      [
        target,
        {
          toLocaleString(this: ArrayLike<unknown>, locales?: unknown, options?: unknown): string {
            return Array.from(this, (each) => elementIn(each, locales, options)).join(',')
          },
        },
      ] as const,
  ),
]

function dateIn(
  date: Date,
  locales: unknown,
  options: unknown,
  part: 'any' | 'date' | 'time',
): string {
  const time = timeOf.call(date)
  if (Number.isNaN(time)) return 'Invalid Date'
  return format(dateTimeFormat(locales, options, part), dateText(time))
}

function elementIn(element: unknown, locales: unknown, options: unknown): string {
  if (element === undefined || element === null) return ''
  const written: unknown = Reflect.apply(
    Reflect.get(Object(element), 'toLocaleString', element) as () => unknown,
    element,
    [locales, options],
  )
  return `${written as string}`
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) throw new TypeError('Cannot use a text: not there')
  return `${value as string}`
}

function cased(question: 'toLowerCase' | 'toUpperCase', text: string, list: string[]): string {
  // Surrogates that stand alone would be replaced on their way.
  if (text === '' || !text.isWellFormed()) return text[question]()
  return query(JSON.stringify(['Intl', list]), question, text)
}
