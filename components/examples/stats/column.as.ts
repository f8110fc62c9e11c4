/**
 * The numbers of one column, and their statistics.
 *
 * @module
 */

export class Column {
  /** Every cell so far was empty or a number. */
  isNumeric: bool = true
  values: f64[] = []

  constructor(readonly name: string) {}

  add(value: f64): void {
    if (isNaN(value)) this.isNumeric = false
    else this.values.push(value)
  }

  mean(): f64 {
    let mean: f64 = 0
    for (let i = 0; i < this.values.length; i++) mean += (this.values[i] - mean) / (i + 1)
    return mean
  }

  /** Of the sample: divided by one less than the count. Welford's way, which does not lose digits. */
  standardDeviation(): f64 {
    let mean: f64 = 0
    let squares: f64 = 0
    for (let i = 0; i < this.values.length; i++) {
      const off = this.values[i] - mean
      mean += off / (i + 1)
      squares += off * (this.values[i] - mean)
    }
    return sqrt(squares / (this.values.length - 1))
  }

  sort(): void {
    this.values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  }

  /** The value below which `share` of the sorted values lie, between two of them on a straight line. */
  quantile(share: f64): f64 {
    const position = share * <f64>(this.values.length - 1)
    const below = <i32>position
    const above = min(below + 1, this.values.length - 1)
    const low = this.values[below]
    return low + (this.values[above] - low) * (position - below)
  }
}
