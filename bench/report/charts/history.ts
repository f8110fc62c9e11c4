/** The ratios that carry goals, over the runs. @module */
import * as Plot from '@observablehq/plot'
import { isOfHistory, latestOfCommits } from '../history.ts'
import { colours, legend, legendHeight, type Chart } from '../chart.ts'

// More commits would make the axis unreadable on a phone.
const MAX_COMMITS = 12

export const historyChart: Chart = {
  id: 'history',
  title: 'History over commits',
  caption:
    'How many times faster than the contender measured in the same run. Machines differ; ratios hardly do.',
  lines: ({ history }) => history.filter(isOfHistory),
  draw(lines) {
    const points = latestOfCommits(lines, MAX_COMMITS).map(({ ratio, run }) => ({
      of: ratio?.of ?? '',
      times: ratio?.value.p50 ?? NaN,
      commit: run.machine.commit,
    }))
    const names = [...new Set(points.map(({ of }) => of))]
    return {
      height: 260 + legendHeight(names) + 20,
      marginTop: legendHeight(names),
      marginLeft: 44,
      marginRight: 16,
      marginBottom: 76,
      color: colours(names),
      x: {
        type: 'point',
        label: null,
        tickRotate: -60,
        domain: [...new Set(points.map(({ commit }) => commit))],
      },
      y: {
        type: 'log',
        label: '↑ times faster, logarithmic',
        grid: true,
        ticks: 5,
        domain: decades(points.map(({ times }) => times)),
      },
      marks: [
        ...legend(names),
        Plot.line(points, { x: 'commit', y: 'times', z: 'of', stroke: 'of', strokeWidth: 2 }),
        Plot.dot(points, { x: 'commit', y: 'times', fill: 'of', r: 3.5 }),
      ],
    }
  },
}

/** Returns whole decades: the values of a single commit would give a range of zero width. */
function decades(values: readonly number[]): [number, number] {
  const least = Math.floor(Math.log10(Math.min(...values)))
  return [10 ** least, 10 ** Math.max(least + 1, Math.ceil(Math.log10(Math.max(...values))))]
}
