/** Writes the page, and an SVG and PNG files for each chart. @module */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { RESULTS_DIRECTORY } from '../measure/results.ts'
import { drawSvg, NARROW, THEMES, WIDE } from './chart.ts'
import { CHARTS } from './charts/index.ts'
import { figureSvg } from './figure.ts'
import { page, sourceText, type DrawnChart } from './page.ts'
import { writePng } from './png.ts'
import { readResults, type Results } from './read-results.ts'

export interface WrittenReport {
  /** Of the page. */
  readonly path: string
  /** The reason why there are no PNG files. */
  readonly remark?: string
}

/** @returns nothing when there is nothing to show */
export async function writeReport(
  results: Results = readResults(),
  directory: string = join(RESULTS_DIRECTORY, 'report'),
): Promise<WrittenReport | undefined> {
  if (results.all.length === 0) return undefined
  mkdirSync(directory, { recursive: true })
  const drawn: DrawnChart[] = []
  let remark: string | undefined
  for (const { id, title, caption, lines, draw } of CHARTS) {
    const shown = lines(results)
    if (shown.length === 0) continue
    const wide = drawSvg(draw(shown, WIDE), WIDE, title)
    const text = { title, caption, source: sourceText(shown) }
    writeFileSync(join(directory, `${id}.svg`), figureSvg(wide, text))
    for (const theme of THEMES) {
      remark ??= await writePng(figureSvg(wide, text, theme), join(directory, `${id}-${theme}.png`))
    }
    const narrow = drawSvg(draw(shown, NARROW), NARROW, title)
    drawn.push({ id, title, caption, wide, narrow, lines: shown })
  }
  const names = new Set(results.all.map((line) => `${line.suite}/${line.case}`))
  const goals = [...names]
    .flatMap((name) => {
      const [suite = '', each = ''] = name.split('/')
      return results.latest(suite, each)
    })
    .filter(({ goal }) => goal !== undefined)
  const path = join(directory, 'index.html')
  writeFileSync(path, page(drawn, goals))
  return { path: relative('.', path), ...(remark === undefined ? {} : { remark }) }
}
