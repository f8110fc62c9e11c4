/**
 * Figures with a bound that holds on every machine: ratios, bytes.
 *
 * @module
 */
import type { Verdict } from './compare.ts'
import type { ResultLine } from './results.ts'

export interface Budget {
  readonly name: string
  readonly of:
    | { readonly kind: 'bundle' }
    | {
        readonly kind: 'value' | 'ratio'
        /** `suite/case`. */
        readonly at: string
        readonly measure: string
        readonly subject: string
      }
  readonly atMost?: number
  readonly atLeast?: number
}

export interface Measured {
  /** Oldest first. */
  readonly lines: readonly ResultLine[]
  readonly bundleKiB: number
}

/** A budget is broken when the whole confidence interval lies beyond it. Budgets without a result are left out. */
export function checkBudgets(
  budgets: readonly Budget[],
  { lines, bundleKiB }: Measured,
): Verdict[] {
  return budgets.flatMap(({ name, of, atMost = Infinity, atLeast = -Infinity }): Verdict[] => {
    const found =
      of.kind === 'bundle'
        ? { p50: bundleKiB, low: bundleKiB, high: bundleKiB }
        : figureOf(of, lines)
    if (found === undefined) return []
    const isBroken = found.low > atMost || found.high < atLeast
    const before = Number.isFinite(atMost) ? atMost : atLeast
    const bound = Number.isFinite(atMost) ? 'at most' : 'at least'
    return [{ name, state: isBroken ? 'worse' : 'same', before, bound, now: found.p50 }]
  })
}

function figureOf(
  { kind, at, measure, subject }: Exclude<Budget['of'], { kind: 'bundle' }>,
  lines: readonly ResultLine[],
): { p50: number; low: number; high: number } | undefined {
  const line = lines.findLast(
    (each) =>
      `${each.suite}/${each.case}` === at && each.measure === measure && each.subject === subject,
  )
  if (line === undefined) return undefined
  // A sample of agents is not one of runs: its median counts, not the interval around it.
  return kind === 'ratio'
    ? line.ratio?.value
    : { p50: line.value.p50, low: line.value.p50, high: line.value.p50 }
}
