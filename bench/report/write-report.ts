/** Writes the page and an SVG file for each chart. @module */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { RESULTS_DIRECTORY } from '../measure/results.ts'
import { drawSvg, NARROW, STYLE, WIDE } from './chart.ts'
import { CHARTS } from './charts/index.ts'
import { page, type DrawnChart } from './page.ts'
import { readResults, type Results } from './read-results.ts'

/** @returns the path of the page; nothing when there is nothing to show */
export function writeReport(
  results: Results = readResults(),
  directory: string = join(RESULTS_DIRECTORY, 'report'),
): string | undefined {
  if (results.all.length === 0) return undefined
  mkdirSync(directory, { recursive: true })
  const drawn = CHARTS.flatMap(({ id, title, caption, lines, draw }): DrawnChart[] => {
    const shown = lines(results)
    if (shown.length === 0) return []
    const wide = drawSvg(draw(shown, WIDE), WIDE, title)
    writeFileSync(join(directory, `${id}.svg`), standalone(wide))
    const narrow = drawSvg(draw(shown, NARROW), NARROW, title)
    return [{ id, title, caption, wide, narrow, lines: shown }]
  })
  const names = new Set(
    results.all.filter(({ suite }) => suite === 'engine').map((line) => line.case),
  )
  const goals = [...names]
    .flatMap((name) => results.latest('engine', name))
    .filter(({ goal }) => goal !== undefined)
  const path = join(directory, 'index.html')
  writeFileSync(path, page(drawn, goals))
  return relative('.', path)
}

/** In a file of its own an SVG brings its colours along. */
function standalone(svg: string): string {
  const style = `<style>${STYLE.replace(':root', 'svg')} svg { background: var(--paper) }</style>`
  return svg.replace(/^(<svg[^>]*>)/, `$1${style}`)
}
