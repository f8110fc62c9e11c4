/** Where the time of loading goes, stacked; and that of a request, which is too short to be seen beside it. @module */
import * as Plot from '@observablehq/plot'
import type { ResultLine } from '../../measure/results.ts'
import { colours, legend, legendHeight, type Chart } from '../chart.ts'

const LOADING = ['decode', 'link', 'rewrite', 'compile', 'image', 'instantiate']
const SERVING = ['stamp', 'call']

export const loadingChart: Chart = {
  id: 'phases-loading',
  title: 'Loading an agent, by phase',
  caption:
    'Medians, added up. Rewriting and compiling are done once for all agents that share their code.',
  lines: (results) => phasesIn(results.latest('cold-start', 'phases'), LOADING),
  draw: (lines) => stacked(lines, LOADING, { label: 'milliseconds', divisor: 1000 }),
}

export const servingChart: Chart = {
  id: 'phases-serving',
  title: 'Serving a request, by phase',
  caption: 'Medians, added up: putting the state back, and the call itself.',
  lines: (results) => phasesIn(results.latest('cold-start', 'phases'), SERVING),
  draw: (lines) => stacked(lines, SERVING, { label: 'microseconds', divisor: 1 }),
}

function phasesIn(lines: readonly ResultLine[], names: readonly string[]): ResultLine[] {
  return lines.filter(({ measure }) => names.includes(phaseOf(measure)))
}

function phaseOf(measure: string): string {
  return measure.replace('phase: ', '')
}

function stacked(
  lines: readonly ResultLine[],
  names: readonly string[],
  { label, divisor }: { label: string; divisor: number },
): Plot.PlotOptions {
  const bars = lines.map(({ measure, subject, value }) => ({
    phase: phaseOf(measure),
    subject,
    time: value.p50 / divisor,
  }))
  const subjects = [...new Set(bars.map(({ subject }) => subject))]
  return {
    height: subjects.length * 56 + legendHeight(names) + 44,
    marginTop: legendHeight(names),
    marginLeft: 8,
    marginRight: 16,
    marginBottom: 40,
    color: colours(names),
    x: { label: `${label} →`, grid: true, ticks: 5 },
    y: { axis: null, domain: subjects },
    marks: [
      ...legend(names),
      Plot.barX(bars, {
        x: 'time',
        y: 'subject',
        fill: 'phase',
        order: [...names],
        insetTop: 20,
        insetBottom: 4,
      }),
      Plot.text(subjects, {
        y: (subject: string) => subject,
        text: (subject: string) => subject,
        frameAnchor: 'left',
        textAnchor: 'start',
        dy: -15,
        dx: 2,
        fontWeight: 500,
      }),
    ],
  }
}
