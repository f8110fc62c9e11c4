/**
 * Makes formatters of descriptions, and keeps those that were used last.
 *
 * A description is text of a guest. Only texts, numbers and booleans get from it to the platform, and the names of
 * constructors are looked up in a list.
 *
 * @module
 */
import { GuestError } from '../../host-module/index.ts'

/** The parts of a description. */
export interface Description {
  readonly kind: string
  readonly locales: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

/** A constructor of `Intl`. */
interface FormatterClass {
  new (locales: readonly string[], options: object): object
  supportedLocalesOf(locales: readonly string[], options?: object): string[]
}

/** Charges microseconds of work. */
export type Charge = (micros: number) => void

// A formatter of dates is 30 KiB, others are 3 to 8: 4 MiB at most, beside their descriptions.
const MAX_FORMATTERS = 128
/** Formatters that an invocation can use in turns for one price. Fewer than the host keeps. */
const MAX_PAID = 32
/** Longest description, in UTF-16 units. */
const MAX_DESCRIPTION = 8192
// Microseconds to make one, the first use included, and that of most others.
const MAKING: Readonly<Record<string, number>> = { DateTimeFormat: 500, RelativeTimeFormat: 220 }
const MAKING_OTHERS = 80
// Microseconds for a unit of a description: a locale of five letters takes 5 to look up.
const DESCRIBED = 1

const DEFAULT_LOCALE = 'en-US'
const DEFAULT_TIME_ZONE = 'UTC'

const KINDS = new Set([
  ...['Collator', 'DateTimeFormat', 'DisplayNames', 'DurationFormat', 'ListFormat'],
  ...['NumberFormat', 'PluralRules', 'RelativeTimeFormat', 'Segmenter'],
])

export class FormatterCache {
  // In the order of their last use.
  readonly #kept = new Map<string, object>()

  /** Number of formatters that it holds. */
  get size(): number {
    return this.#kept.size
  }

  /**
   * Returns the formatter that `description` describes.
   *
   * @throws {GuestError} `limited` for a description that is too long, `malformed` for one that is no description
   * @throws {RangeError} for a locale or an option that the platform does not know
   * @throws {TypeError} for options that exclude each other, or one that is needed and absent
   */
  find(description: string): object {
    const kept = this.#kept.get(description)
    const found = kept ?? make(describe(description))
    keepLast(this.#kept, description, found, MAX_FORMATTERS)
    return found
  }
}

/**
 * The formatters of one invocation. The first use of each costs what its making does, whether it is kept already or not:
 * else an agent could see which ones others use.
 */
export class ChargedFormatters {
  readonly #cache: FormatterCache
  readonly #charge: Charge
  #paid: Map<string, true> | undefined

  constructor(cache: FormatterCache, charge: Charge) {
    this.#cache = cache
    this.#charge = charge
  }

  /** As `find` of the cache, with the same errors. */
  find(description: string): object {
    const paid = (this.#paid ??= new Map())
    if (!paid.has(description)) {
      const { kind } = describe(description)
      this.#charge((MAKING[kind] ?? MAKING_OTHERS) + description.length * DESCRIBED)
    }
    const found = this.#cache.find(description)
    keepLast(paid, description, true, MAX_PAID)
    return found
  }
}

/** Makes `key` the last of `kept`, and drops the first when there are more than `most`. */
function keepLast<Value>(kept: Map<string, Value>, key: string, value: Value, most: number): void {
  kept.delete(key)
  kept.set(key, value)
  if (kept.size <= most) return
  for (const first of kept.keys()) {
    kept.delete(first)
    return
  }
}

/**
 * Reads a description.
 *
 * @throws {GuestError} `limited` when it is too long, `malformed` when it is not `[kind, locales, options]`
 */
export function describe(description: string): Description {
  if (description.length > MAX_DESCRIPTION) throw new GuestError('limited')
  const parsed: unknown = JSON.parse(description)
  if (!Array.isArray(parsed)) throw new GuestError('malformed')
  const [kind, locales = [], options = {}] = parsed as unknown[]
  if (typeof kind !== 'string' || !isTexts(locales) || !isOptions(options)) {
    throw new GuestError('malformed')
  }
  return { kind, locales, options }
}

/**
 * The class of the platform with the name `kind`.
 *
 * @throws {GuestError} `malformed` when there is none
 */
export function classOf(kind: string): FormatterClass {
  const found: unknown = KINDS.has(kind) ? Reflect.get(Intl, kind) : undefined
  // Older platforms lack some.
  if (typeof found !== 'function') throw new GuestError('malformed')
  // The list has only the constructors of this form.
  return found as unknown as FormatterClass
}

/**
 * The locales of `wanted` that `known` knows, or the default when none is wanted. Where the platform has none of them it
 * would take its own, which is that of the machine.
 *
 * @param known - as `supportedLocalesOf` of a constructor
 * @throws {RangeError} when none is known, or a tag is wrong
 */
export function usableLocales(
  wanted: readonly string[],
  known: (locales: readonly string[]) => readonly string[],
): readonly string[] {
  const found = known(wanted)
  if (found.length > 0) return found
  // The tag of no language in particular.
  if (wanted.every((tag) => tag === 'und')) return [DEFAULT_LOCALE]
  throw new RangeError('Cannot use any of the locales: not known')
}

function make({ kind, locales, options }: Description): object {
  const Class = classOf(kind)
  const { localeMatcher } = options
  const matching = localeMatcher === undefined ? {} : { localeMatcher }
  const usable = usableLocales(locales, (wanted) => Class.supportedLocalesOf(wanted, matching))
  if (kind !== 'DateTimeFormat') return new Class(usable, options)
  return new Class(usable, { timeZone: DEFAULT_TIME_ZONE, ...options })
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function isOptions(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((each) => ['string', 'number', 'boolean'].includes(typeof each))
  )
}
