/**
 * Reads options as the standard orders: each once, in the order of the list, converted at once. So what crosses to the host
 * is plain JSON, whatever getters and prototypes the options have.
 *
 * @module
 */
import { localeList, query } from './host.ts'

/** `number:fractionalDigits`, `boolean:numeric`, or the name alone of one that is a text. */
export type OptionNames = string

/** What `read` makes of options. */
export type Options = Record<string, string | number | boolean>

/**
 * @param names - separated by spaces
 * @param isLenient - whether a primitive is made an object, as older constructors do
 * @throws {TypeError} for options that are no object, or for a value that cannot be converted
 * @throws {RangeError} for a number that is not finite
 */
export function read(given: unknown, names: OptionNames, isLenient = false): Options {
  const read: Options = {}
  if (given === undefined) return read
  if (given === null || (!isLenient && typeof given !== 'object' && typeof given !== 'function')) {
    throw new TypeError('Cannot use options: no object')
  }
  const source = Object(given) as Readonly<Record<string, unknown>>
  for (const each of names.split(' ')) {
    const [name = '', type] = each.split(':').toReversed()
    const value = source[name]
    if (value !== undefined) read[name] = convert(name, value, type)
  }
  return read
}

function convert(
  name: string,
  value: unknown,
  type: string | undefined,
): string | number | boolean {
  if (type === 'boolean') return Boolean(value)
  if (type === 'number') {
    // As it is, a big integer would be converted as well.
    const number = +(value as number)
    if (Number.isFinite(number)) return number
    throw new RangeError(`Cannot use ${number} for option "${name}": not in its range`)
  }
  // The grouping of numbers: true, false or a text.
  if (type === 'either' && (value === true || !value)) return Boolean(value)
  return `${value as string}`
}

/** The description of a formatter, for the host. */
export function description(kind: string, locales: unknown, options: Options): string {
  return JSON.stringify([kind, localeList(locales), options])
}

/** The same, made by the host once: so that what is wrong is thrown now. */
export function checked(text: string): string {
  query(text, 'check')
  return text
}

/** `supportedLocalesOf` of the constructor `kind`. */
export function supportedLocalesOf(
  kind: string,
): (locales: unknown, options?: unknown) => string[] {
  return {
    supportedLocalesOf(locales: unknown, options?: unknown): string[] {
      const list = localeList(locales)
      const matching = read(options, 'localeMatcher', true)
      return list.length === 0
        ? []
        : query(JSON.stringify([kind, list, matching]), 'supportedLocalesOf')
    },
  }.supportedLocalesOf
}

/** The class `Class`, which may be called without `new` as well, as the oldest constructors of `Intl` may. */
export function callable<Class extends new (...given: never[]) => object>(
  Class: Class,
  name: string,
): Class {
  function Made(this: unknown, ...given: unknown[]): object {
    return Reflect.construct(Class, given, new.target ?? Made)
  }
  const { prototype } = Class
  Object.defineProperties(Made, {
    name: { value: name },
    length: { value: 0 },
    prototype: { value: prototype, writable: false },
    supportedLocalesOf: {
      value: supportedLocalesOf(name),
      writable: true,
      configurable: true,
    },
  })
  Object.defineProperty(prototype, 'constructor', {
    value: Made,
    writable: true,
    configurable: true,
  })
  return Made as unknown as Class
}
