/** Where the time of loading goes, and that of a request, stacked. @module */
import * as Plot from '@observablehq/plot'
import type { ResultLine } from '../../measure/results.ts'
import { timeText } from './time-text.ts'
import { colours, legend, legendHeight, type Chart } from '../chart.ts'

const LOADING = ['decode', 'rewrite', 'compile', 'link', 'init', 'image']
const SERVING = ['stamp', 'call', 'scrub']

export const loadingChart: Chart = {
  id: 'phases-loading',
  title: 'Loading an agent, by phase',
  caption:
    'Medians, as shares of their sum. Rewriting and compiling are done once for all agents that share their code.',
  lines: (results) => phasesIn(results.latest('cold-start', 'phases'), LOADING),
  draw: (lines) => stacked(lines, LOADING),
}

export const servingChart: Chart = {
  id: 'phases-serving',
  title: 'Serving a request, by phase',
  caption:
    'Medians, as shares of their sum: putting the state back, the call itself, and the host’s own handles and tasks.',
  lines: (results) => phasesIn(results.latest('cold-start', 'phases'), SERVING),
  draw: (lines) => stacked(lines, SERVING),
}

function phasesIn(lines: readonly ResultLine[], names: readonly string[]): ResultLine[] {
  return lines.filter(({ measure }) => names.includes(phaseOf(measure)))
}

function phaseOf(measure: string): string {
  return measure.replace('phase: ', '')
}

/** Each bar is all of the time: of bars to scale, the longest engine would leave the others a pixel. */
function stacked(lines: readonly ResultLine[], names: readonly string[]): Plot.PlotOptions {
  const subjects = [...new Set(lines.map(({ subject }) => subject))]
  const totals = new Map(
    subjects.map((subject) => {
      const own = lines.filter((line) => line.subject === subject)
      return [subject, own.reduce((sum, { value }) => sum + value.p50, 0)]
    }),
  )
  const bars = lines.map(({ measure, subject, value }) => ({
    phase: phaseOf(measure),
    subject,
    share: (100 * value.p50) / (totals.get(subject) ?? NaN),
  }))
  return {
    height: subjects.length * 56 + legendHeight(names) + 44,
    marginTop: legendHeight(names),
    marginLeft: 8,
    marginRight: 16,
    marginBottom: 40,
    color: colours(names),
    x: { label: '% of the time →', grid: true, ticks: 5, domain: [0, 100] },
    y: { axis: null, domain: subjects },
    marks: [
      ...legend(names),
      Plot.barX(bars, {
        x: 'share',
        y: 'subject',
        fill: 'phase',
        order: [...names],
        insetTop: 20,
        insetBottom: 4,
      }),
      Plot.text(subjects, {
        y: (subject: string) => subject,
        text: (subject: string) => `${subject} · ${timeText(totals.get(subject) ?? NaN)}`,
        frameAnchor: 'left',
        textAnchor: 'start',
        dy: -15,
        dx: 2,
        fontWeight: 500,
      }),
    ],
  }
}
