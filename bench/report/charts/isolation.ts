/** The cost of clean state for one request, all contenders on one axis. @module */
import * as Plot from '@observablehq/plot'
import type { ResultLine } from '../../measure/results.ts'
import type { Chart } from '../chart.ts'
import { timeText } from './time-text.ts'

const ROW = 36

export const isolationChart: Chart = {
  id: 'isolation',
  title: 'What clean state costs',
  caption:
    'One small request of the same JavaScript, from a state no other request has touched. The dot is the median, the line ends at the 99th percentile.',
  lines(results) {
    const light = results.latest('cold-start', 'isolation')
    const heavy = results.latest('cold-start', 'processes')
    const served = results.latest('cold-start', 'served')
    const others = heavy.filter(({ subject }) => subject !== 'mayfly')
    return [...light, ...others, ...served].toSorted((a, b) => a.value.p50 - b.value.p50)
  },
  draw: (lines) => logRows(lines.map((line) => ({ name: line.subject, line }))),
}

/** Latencies of whole calls of the suite `agents`. */
export const latencyChart: Chart = {
  id: 'latency',
  title: 'Fresh state and one call, as distributions',
  caption: 'Median (dot), 90th percentile (tick) and 99th percentile (end of the line).',
  lines: (results) =>
    unique([
      ...results.latest('agents', 'js'),
      ...results.latest('agents', 'ts-fetch'),
      ...results.latest('agents', 'assemblyscript'),
      ...results.latest('agents', 'suspend'),
    ]),
  draw: (lines) =>
    logRows(lines.map((line) => ({ name: `${shortened(line.measure)} · ${line.subject}`, line }))),
}

function unique(lines: readonly ResultLine[]): ResultLine[] {
  return [...new Map(lines.map((line) => [`${line.measure} ${line.subject}`, line])).values()]
}

/** Removes the part that all labels share: a phone has no room for it. */
function shortened(measure: string): string {
  return measure
    .replace(/: (agent\.fetch|fresh state).*/, '')
    .replace(/^fresh state.* import that suspends$/, 'suspending import')
}

interface Row {
  readonly name: string
  readonly line: ResultLine
}

function logRows(named: readonly Row[]): Plot.PlotOptions {
  const rows = named.map(({ name, line }) => ({
    name,
    own: line.subject.startsWith('mayfly'),
    ...line.value,
  }))
  const least = Math.min(...rows.map(({ p50 }) => p50))
  const most = Math.max(...rows.map(({ p99 }) => p99))
  const colour = (row: { own: boolean }): string =>
    row.own ? 'var(--series-1)' : 'var(--series-6)'
  return {
    height: rows.length * ROW + 56,
    marginLeft: 8,
    marginRight: 16,
    marginTop: 24,
    x: {
      type: 'log',
      label: null,
      grid: true,
      domain: [least / 1.5, most * 1.5],
      ticks: powersOfTen(least, most),
      tickFormat: timeText,
    },
    y: { axis: null, domain: rows.map(({ name }) => name), padding: 0.1 },
    marks: [
      Plot.ruleY(rows, { y: 'name', x1: 'p50', x2: 'p99', stroke: colour, strokeWidth: 2, dy: 8 }),
      Plot.tickX(rows, { y: 'name', x: 'p90', stroke: colour, insetTop: 22, insetBottom: 6 }),
      Plot.dot(rows, { y: 'name', x: 'p50', fill: colour, r: 5, dy: 8 }),
      Plot.text(rows, {
        y: 'name',
        frameAnchor: 'left',
        textAnchor: 'start',
        dy: -7,
        dx: 2,
        text: ({ name, p50 }: { name: string; p50: number }) => `${name} · ${timeText(p50)}`,
        fill: 'currentColor',
        stroke: 'var(--paper)',
        strokeWidth: 4,
        fontWeight: 500,
      }),
    ],
  }
}

function powersOfTen(least: number, most: number): number[] {
  const first = Math.ceil(Math.log10(least / 1.5))
  const last = Math.floor(Math.log10(most * 1.5))
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index))
}
