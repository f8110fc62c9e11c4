/** Lines over a count: memory over agents, throughput over connections. @module */
import * as Plot from '@observablehq/plot'
import type { ResultLine } from '../../measure/results.ts'
import { colours, legend, legendHeight, WIDE, type Chart } from '../chart.ts'

interface Point {
  readonly series: string
  readonly count: number
  readonly value: number
}

export const memoryChart: Chart = {
  id: 'memory',
  title: 'Memory against agents',
  caption:
    'Resident memory divided by the number of distinct JavaScript agents loaded, of invocations suspended, of slots idle. “Copied”: slots that do not mark what is written.',
  lines: (results) =>
    ['agents', 'slots', 'slots-copied']
      .flatMap((name) => results.latest('memory', name))
      .filter(({ unit }) => unit === 'KiB'),
  draw: (lines, width) =>
    overCounts(
      lines.map((line) => point(line, memorySeries(line), line.subject)),
      { x: 'how many', y: 'KiB each', width },
    ),
}

export const throughputChart: Chart = {
  id: 'throughput',
  title: 'Throughput against connections',
  caption:
    'Over HTTP on one machine that also runs the client. One worker thread serves unless said otherwise.',
  lines: (results) =>
    results
      .latest('throughput', 'connections')
      .filter(({ measure, subject }) => measure.endsWith('throughput') && !subject.includes('MiB')),
  draw: (lines, width) =>
    overCounts(
      lines.map((line) => point(line, line.subject, line.measure)),
      { x: 'connections', y: 'requests a second', width },
    ),
}

export const loadLatencyChart: Chart = {
  id: 'load-latency',
  title: 'Latency under load',
  caption:
    'The 99th percentile of what each client waits, over HTTP. The client shares the cores with the server.',
  lines: (results) =>
    results
      .latest('throughput', 'connections')
      .filter(({ measure, subject }) => measure.endsWith('latency') && !subject.includes('MiB')),
  draw: (lines, width) =>
    overCounts(
      lines.map((line) => ({ ...point(line, line.subject, line.measure), value: line.value.p99 })),
      { x: 'connections', y: 'milliseconds', width },
    ),
}

/** Short enough for a phone: the caption names the unit. */
function memorySeries({ measure, subject }: ResultLine): string {
  const what = measure.replace('resident, each ', '').replace(', each', ', each loaded')
  return subject.endsWith('reset by copying') ? `${what}, copied` : what
}

function point({ value }: ResultLine, series: string, counted: string): Point {
  return { series, count: Number(/\d+/.exec(counted)?.[0] ?? NaN), value: value.p50 }
}

function overCounts(
  points: readonly Point[],
  { x, y, width }: { x: string; y: string; width: number },
): Plot.PlotOptions {
  const names = [...new Set(points.map(({ series }) => series))]
  const counts = [...new Set(points.map(({ count }) => count))].toSorted((a, b) => a - b)
  return {
    height: (width === WIDE ? 300 : 260) + legendHeight(names),
    marginTop: legendHeight(names),
    marginLeft: 56,
    marginRight: 24,
    marginBottom: 40,
    color: colours(names),
    x: {
      type: 'log',
      label: `${x} →`,
      ticks: counts,
      tickFormat: (d: number) => d.toLocaleString('en'),
    },
    y: { type: 'log', label: `↑ ${y}, logarithmic`, grid: true, ticks: 5, tickFormat: '~s' },
    marks: [
      ...legend(names),
      Plot.line(points, { x: 'count', y: 'value', z: 'series', stroke: 'series', strokeWidth: 2 }),
      Plot.dot(points, { x: 'count', y: 'value', fill: 'series', r: 3.5 }),
    ],
  }
}
