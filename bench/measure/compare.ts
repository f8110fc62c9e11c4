/**
 * Tells a regression from noise, by ratios alone.
 *
 * @module
 */
import type { ResultLine } from './results.ts'

/** A ratio that is kept to compare with. */
export interface BaselineLine {
  readonly suite: string
  readonly case: string
  readonly measure: string
  readonly subject: string
  readonly of: string
  /** Whether a larger ratio is the better one. */
  readonly wantsMore: boolean
  readonly p50: number
  /** 95 % confidence interval of the median. */
  readonly low: number
  readonly high: number
  readonly commit: string
}

export interface Verdict {
  readonly name: string
  readonly state: 'better' | 'same' | 'worse'
  readonly before: number
  readonly now: number
  /** Set when `before` is a bound and not a measurement. */
  readonly bound?: 'at most' | 'at least'
}

// Compilers, memory layout and neighbours move a ratio by this much on one machine (seen over a day of runs).
const NOISE = 0.1

// How client and servers share the cores decides over HTTP: two runs of one commit differ by half.
const UNSTEADY: ReadonlySet<string> = new Set(['http'])

/** The latest ratio of everything that has a goal for it. */
export function toBaseline(lines: readonly ResultLine[]): BaselineLine[] {
  const latest = new Map<string, BaselineLine>()
  for (const { suite, case: name, measure, subject, ratio, goal, run } of lines) {
    if (ratio === undefined || goal?.on !== 'ratio' || UNSTEADY.has(name)) continue
    const { p50, low, high } = ratio.value
    const line: BaselineLine = {
      suite,
      case: name,
      measure,
      subject,
      of: ratio.of,
      wantsMore: goal.atLeast !== undefined,
      p50,
      low,
      high,
      commit: run.machine.commit,
    }
    latest.set(keyOf(line), line)
  }
  return [...latest.values()]
}

/** Compares the rows that both have. */
export function compare(
  baseline: readonly BaselineLine[],
  current: readonly BaselineLine[],
): Verdict[] {
  const found = new Map(current.map((line) => [keyOf(line), line]))
  return baseline.flatMap((before): Verdict[] => {
    const now = found.get(keyOf(before))
    if (now === undefined) return []
    const { measure, of } = before
    return [
      { name: `${measure}, ${of}`, state: stateOf(before, now), before: before.p50, now: now.p50 },
    ]
  })
}

function stateOf(before: BaselineLine, now: BaselineLine): Verdict['state'] {
  // The intervals must not touch: medians within each other's noise are the same.
  const isMore = now.low > before.high && now.p50 > before.p50 * (1 + NOISE)
  const isLess = now.high < before.low && now.p50 < before.p50 * (1 - NOISE)
  if (!isMore && !isLess) return 'same'
  return isMore === before.wantsMore ? 'better' : 'worse'
}

function keyOf({ suite, case: name, measure, subject, of }: BaselineLine): string {
  return [suite, name, measure, subject, of].join('|')
}
