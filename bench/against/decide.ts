/**
 * Decides whether this checkout is slower than the other, by the ratio of their times in each round.
 *
 * A round is a pair of new processes, because the same code settles at speeds that differ by some per cent from one
 * process to the next: rounds inside one pair would agree with each other and be wrong together.
 *
 * A test that is repeated until it shows a difference shows one by chance. So there are five looks, each after eight
 * more rounds, and the interval of each is wide enough for all five to hold together in 95 % of runs.
 *
 * @module
 */
import { medianInterval, summarise } from '../measure/statistics.ts'

/** The share by which a row may be slower. */
export const MARGIN = 0.03
/** Rounds from one look to the next. Fewer rounds give no interval. */
export const LOOK_ROUNDS = 8
export const MAX_ROUNDS = 40

// Pocock's bound for five looks at 5 % (two-sided): z of each look.
const Z_FIVE_LOOKS = 2.413

export const STATES = ['better', 'same', 'worse', 'undecided'] as const
export type State = (typeof STATES)[number]

/** The median of the ratios this checkout ÷ the other, and its interval. Above 1 is slower. */
export interface Interval {
  readonly p50: number
  readonly low: number
  readonly high: number
}

/** @throws {RangeError} when there are no ratios */
export function intervalOf(ratios: readonly number[]): Interval {
  const { p50 } = summarise(ratios)
  return { p50, ...medianInterval(Float64Array.from(ratios).sort(), Z_FIVE_LOOKS) }
}

/**
 * The verdict of the ratios of a row so far; `undefined` while further rounds can decide it.
 *
 * A row is worse when it is slower by more than the margin and its interval is clear of 1. Before the last look the
 * whole interval must lie beyond the margin for that. Simulated with rounds that differ by 5 %, stopping as soon as
 * the interval is clear of 1 calls 0.7 % of equal rows worse, one run in four with forty rows; this calls 0.05 %.
 */
export function decide(ratios: readonly number[], isLast: boolean): State | undefined {
  if (ratios.length < LOOK_ROUNDS) return isLast ? 'undecided' : undefined
  const { p50, low, high } = intervalOf(ratios)
  const most = 1 + MARGIN
  if (low > 1 / most && high < most) return 'same'
  if (high < 1) return 'better'
  if (low > most) return 'worse'
  if (!isLast) return undefined
  if (low > 1) return p50 > most ? 'worse' : 'same'
  return 'undecided'
}
