/**
 * The functions of the interface `intl`: what a formatter says about a value that is a text.
 *
 * @module
 */
import { GuestError } from '../../host-module/index.ts'
import { ChargedFormatters, describe, FormatterCache, type Charge } from './formatter-cache.ts'
import { dateOf, durationOf, numberOf, textsOf, timeFromNowOf } from './values.ts'
import { answerOf, MAX_TEXT } from './questions.ts'

/** As the WIT has them. */
export interface IntlFunctions {
  format(formatter: string, value: string): string
  compare(collator: string, one: string, other: string): number | bigint
  query(formatter: string, question: string, value: string): string
}

// Microseconds. Text that takes several steps of normalisation takes this long for each unit.
const COMPARED = 0.06
const WRITTEN = 4
const WRITTEN_DURATION = 50
// An item of a list, or a digit of a long number.
const WRITTEN_UNIT = 0.1

/**
 * Makes the functions for one invocation.
 *
 * @param charge - takes the microseconds that work takes, before it is done
 * @param cache - formatters that were made before
 */
export function intlFunctions(
  charge: Charge = () => {},
  cache: FormatterCache = new FormatterCache(),
): IntlFunctions {
  const formatters = new ChargedFormatters(cache, charge)
  return {
    format: (formatter, value) =>
      guarded(() => {
        requireLength(value)
        const found = formatters.find(formatter)
        charge(WRITTEN + value.length * WRITTEN_UNIT)
        if (found instanceof Intl.NumberFormat) return found.format(numberOf(value))
        if (found instanceof Intl.DateTimeFormat) return found.format(dateOf(value))
        if (found instanceof Intl.PluralRules) return found.select(Number(value))
        if (found instanceof Intl.RelativeTimeFormat) return found.format(...timeFromNowOf(value))
        if (found instanceof Intl.ListFormat) return found.format(textsOf(value))
        if (!isDurationFormat(found)) throw new GuestError('misused')
        charge(WRITTEN_DURATION)
        return found.format(durationOf(value))
      }),
    compare: (collator, one, other) =>
      guarded(() => {
        requireLength(one)
        requireLength(other)
        const found = formatters.find(collator)
        if (!(found instanceof Intl.Collator)) throw new GuestError('misused')
        charge((one.length + other.length) * COMPARED)
        return BigInt(found.compare(one, other))
      }),
    query: (formatter, question, value) =>
      guarded(() => {
        requireLength(value)
        const description = formatter.length > 0 ? formatter : '["Intl"]'
        const answer = answerOf(question, {
          value,
          charge,
          describe: () => describe(description),
          find: () => formatters.find(description),
        })
        return JSON.stringify(answer ?? null)
      }),
  }
}

/** Newer than the types of the platform. */
interface DurationFormat {
  format(duration: unknown): string
}

function isDurationFormat(value: object): value is DurationFormat {
  return Object.prototype.toString.call(value) === '[object Intl.DurationFormat]'
}

function requireLength(text: string): void {
  if (text.length > MAX_TEXT) throw new GuestError('limited')
}

/** Runs `step`. What the platform throws about its arguments becomes an error of the interface. */
function guarded<Result>(step: () => Result): Result {
  try {
    return step()
  } catch (error) {
    if (error instanceof TypeError) throw new GuestError('misused')
    if (error instanceof RangeError || error instanceof SyntaxError) {
      throw new GuestError('malformed')
    }
    throw error
  }
}
