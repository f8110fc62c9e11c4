/** The page: charts and figures in one file that needs nothing else. @module */
import { machineText } from '../measure/machine.ts'
import type { ResultLine } from '../measure/results.ts'
import { STYLE } from './chart.ts'
import { figure, goalText } from './table.ts'

export interface DrawnChart {
  readonly id: string
  readonly title: string
  readonly caption: string
  readonly wide: string
  readonly narrow: string
  readonly lines: readonly ResultLine[]
}

export function page(charts: readonly DrawnChart[], goals: readonly ResultLine[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mayfly, measured</title>
<style>
${STYLE}
${LAYOUT}
</style>
</head>
<body>
<main>
<h1>Mayfly, measured</h1>
<p>Figures of one machine. Trust the ratios: what is compared was measured in turn, in the same run.</p>
${charts.map(section).join('\n')}
${goals.length === 0 ? '' : goalsTable(goals)}
</main>
</body>
</html>
`
}

/** Where the figures of some lines come from. */
export function sourceText(lines: readonly ResultLine[]): string {
  const runs = [...new Map(lines.map(({ run }) => [run.at, run])).values()]
  const last = runs.toSorted((a, b) => a.at.localeCompare(b.at)).at(-1)
  if (last === undefined) return ''
  const { machine, at } = last
  const reduced = runs.some(({ quick }) => quick) ? ' · reduced size' : ''
  const busy = runs.every(({ noise }) => noise.quiet) ? '' : ' · the machine was busy'
  const commands = [...new Set(runs.map(({ command }) => command))].join('; ')
  return `${machineText(machine)} · ${at.slice(0, 10)}${countText(lines)}${reduced}${busy} · ${commands}`
}

/** Rounds where subjects took turns; where each ran on its own, how often. */
function countText(lines: readonly ResultLine[]): string {
  const rounds = Math.max(...lines.map(({ ratio }) => ratio?.value.count ?? 1))
  if (rounds > 1) return ` · ${rounds} rounds`
  const samples = Math.max(...lines.map(({ value }) => value.count))
  return samples > 1 ? ` · up to ${samples.toLocaleString('en')} samples each` : ' · 1 round'
}

function section({ id, title, caption, wide, narrow, lines }: DrawnChart): string {
  return `<section id="${id}">
<h2>${escape(title)}</h2>
<p>${escape(caption)}</p>
<div class="wide">${wide}</div>
<div class="narrow">${narrow}</div>
<p class="source">${escape(sourceText(lines))}</p>
</section>`
}

function goalsTable(lines: readonly ResultLine[]): string {
  const rows = lines.map((line) => {
    const { measure, subject, value, unit, ratio, goal, met } = line
    const times = ratio === undefined ? '' : `${figure(ratio.value.p50)} × (${ratio.of})`
    const cells = [
      `${measure} · ${subject}`,
      `${figure(value.p50)} ${unit}`,
      figure(value.p99),
      times,
      goal === undefined ? '' : goalText(goal, unit),
      met === true ? 'met' : 'not met',
    ]
    return `<tr>${cells.map((cell, index) => `<td data-label="${HEADINGS[index]}">${escape(cell)}</td>`).join('')}</tr>`
  })
  return `<section id="goals">
<h2>Goals</h2>
<table>
<thead><tr>${HEADINGS.map((heading) => `<th>${heading}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
<p class="source">${escape(sourceText(lines))}</p>
</section>`
}

const HEADINGS = ['measure', 'median', '99 %', 'ratio', 'goal', 'result']

const LAYOUT = `
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 760px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 1.7rem; margin: 0 0 .3em; } h2 { font-size: 1.2rem; margin: 2.4em 0 .2em; }
p { margin: .2em 0 1em; } .source { color: var(--soft); font-size: .78rem; overflow-wrap: anywhere; }
svg { max-width: 100%; height: auto; display: block; }
.narrow { display: none; }
table { border-collapse: collapse; width: 100%; font-size: .82rem; }
th, td { text-align: left; padding: .35em .6em .35em 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 500; }
@media (max-width: 600px) {
  main { padding: 16px 16px 48px; }
  .wide { display: none; } .narrow { display: block; }
  thead { display: none; } tr { display: block; padding: .6em 0; border-bottom: 1px solid var(--line); }
  td { display: flex; gap: .8em; border: 0; padding: .1em 0; }
  td::before { content: attr(data-label); color: var(--soft); flex: 0 0 5em; }
  td:empty { display: none; }
}`

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
