/**
 * Order statistics of a sample, and the confidence interval of its median.
 *
 * The interval is the distribution-free one by ranks (binomial, normal approximation): run times are skewed,
 * so nothing here assumes that they are normal.
 *
 * @module
 */

export interface Summary {
  readonly count: number
  readonly min: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
  /** 95 % confidence interval of the median. */
  readonly low: number
  readonly high: number
}

// Two-sided 95 % of the normal distribution.
const Z95 = 1.96

/** @throws {RangeError} when `sample` is empty */
export function summarise(sample: readonly number[]): Summary {
  if (sample.length === 0) throw new RangeError('Cannot summarise a sample: it is empty')
  const sorted = Float64Array.from(sample).sort()
  const count = sorted.length
  return {
    count,
    min: at(sorted, 0),
    mean: sorted.reduce((sum, each) => sum + each, 0) / count,
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    max: at(sorted, count - 1),
    ...medianInterval(sorted, Z95),
  }
}

/** The interval of the median; `sorted` ascends, `z` is the normal quantile of the confidence that is wanted. */
export function medianInterval(sorted: Float64Array, z: number): { low: number; high: number } {
  const { low, high } = medianRanks(sorted.length, z)
  return { low: at(sorted, low), high: at(sorted, high) }
}

/** The places of that interval in a sample of `count` that ascends; the first place is 0. */
export function medianRanks(count: number, z: number = Z95): { low: number; high: number } {
  const halfWidth = (z * Math.sqrt(count)) / 2
  return {
    low: Math.max(0, Math.floor(count / 2 - halfWidth)),
    high: Math.min(count - 1, Math.ceil(count / 2 + halfWidth)),
  }
}

/** The summary of one number that was measured once. */
export function constant(value: number): Summary {
  return summarise([value])
}

/** The nearest-rank quantile with linear interpolation; `sorted` ascends, `q` is 0 to 1. */
export function quantile(sorted: Float64Array, q: number): number {
  const position = (sorted.length - 1) * q
  const below = Math.floor(position)
  const fraction = position - below
  return at(sorted, below) * (1 - fraction) + at(sorted, Math.ceil(position)) * fraction
}

function at(sorted: Float64Array, index: number): number {
  return sorted[index] ?? Number.NaN
}
