/** Summary statistics of a CSV of numbers: the same in an agent and in Node. @module */

export interface Column {
  readonly name: string
  readonly count: number
  readonly mean: number
  readonly standardDeviation: number
}

const COMMA = 44
const NEWLINE = 10

export function describe(csv: string): Column[] {
  const end = csv.indexOf('\n')
  const columns = csv
    .slice(0, end)
    .split(',')
    .map((name) => ({ name, count: 0, mean: 0, squares: 0 }))
  let at = end + 1
  while (at < csv.length) {
    for (const column of columns) {
      let stop = at
      while (stop < csv.length && !isEnd(csv.charCodeAt(stop))) stop++
      const value = Number(csv.slice(at, stop))
      at = stop + 1
      const off = value - column.mean
      column.count++
      column.mean += off / column.count
      column.squares += off * (value - column.mean)
    }
  }
  return columns.map(({ name, count, mean, squares }) => ({
    name,
    count,
    mean,
    standardDeviation: Math.sqrt(squares / (count - 1)),
  }))
}

function isEnd(code: number): boolean {
  return code === COMMA || code === NEWLINE
}
