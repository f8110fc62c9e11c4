/**
 * Schemas that several grants share, or a grant and `limits`.
 *
 * The `error` of a check is the expected value as the message names it, so it reads "a …".
 *
 * @module
 */
import * as z from 'zod/mini'

/** A name as it appears in routes, stores and metrics: `hello`, `price-watch`. */
export const AGENT_NAME: RegExp = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

export const KIB = 1024
export const MIB: number = 1024 * KIB
export const MAX_BUDGET_BYTES: number = 1024 * 1024 * MIB // A terabyte: more than any request moves
const MAX_COUNT = 1_000_000_000

const COUNT_EXPECTED = 'a number of 1 or more'

export const countSchema: z.ZodMiniNumberFormat = z
  .int(COUNT_EXPECTED)
  .check(z.gte(1, COUNT_EXPECTED))

/** The name of a store or a tool. */
export function name(expected: string): z.ZodMiniString<string> {
  return z.string(expected).check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, expected))
}

export function integer(least: number, most: number, noun: string): z.ZodMiniNumber<number> {
  const error = `${noun} between ${least} and ${most}`
  return z.int(error).check(z.gte(least, error), z.lte(most, error))
}

export function count(noun: string): z.ZodMiniNumber<number> {
  return integer(0, MAX_COUNT, `a number of ${noun}`)
}

export function bytes(least: number, most: number): z.ZodMiniNumber<number> {
  return integer(least, most, 'a number of bytes')
}
