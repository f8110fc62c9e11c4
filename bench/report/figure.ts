/**
 * A chart as a separate file: with its title above it, and the source of its figures below it.
 *
 * @module
 */
import { inTheme, STYLE, type Theme } from './chart.ts'

export interface FigureText {
  readonly title: string
  readonly caption: string
  readonly source: string
}

const MARGIN = 16
const TITLE_LINE = 24
const TEXT_LINE = 16
// Of 12 px system fonts, with room to spare: nothing measures text here.
const CHARACTER = 6.3

/** The SVG; in both themes, following the reader's, when none is named. */
export function figureSvg(svg: string, text: FigureText, theme?: Theme): string {
  const inner = attributeOf(svg, 'width')
  const captions = wrap(text.caption, inner)
  const sources = wrap(text.source, inner)
  const top = MARGIN + TITLE_LINE + captions.length * TEXT_LINE + 4
  const bottom = top + attributeOf(svg, 'height') + TEXT_LINE
  const full = { width: inner + 2 * MARGIN, height: bottom + sources.length * TEXT_LINE }
  const lines = (rows: readonly string[], first: number, colour: string): string =>
    rows
      .map((row, i) => {
        const y = first + i * TEXT_LINE
        return `<text x="${MARGIN}" y="${y}" fill="var(--${colour})">${escape(row)}</text>`
      })
      .join('')
  // Where SVG has no variables, the root's own font and colour must be its attributes.
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escape(text.title)}" width="${full.width}" height="${full.height}" viewBox="0 0 ${full.width} ${full.height}" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif" font-size="12" fill="var(--ink)" color="var(--ink)"><rect width="100%" height="100%" fill="var(--paper)"/><text x="${MARGIN}" y="${MARGIN + 14}" font-size="17" font-weight="600">${escape(text.title)}</text>${lines(captions, MARGIN + TITLE_LINE + 12, 'ink')}${svg.replace('<svg', `<svg x="${MARGIN}" y="${top}"`)}${lines(sources, bottom, 'soft')}</svg>`
  if (theme !== undefined) return inTheme(drawn, theme)
  const style = `<style>${STYLE.replace(':root', 'svg')}</style>`
  return drawn.replace(/^(<svg[^>]*>)/, `$1${style}`)
}

/** Of the root element. */
function attributeOf(svg: string, name: 'width' | 'height'): number {
  const [root = ''] = /^<svg[^>]*>/.exec(svg) ?? []
  const [, value] = new RegExp(` ${name}="(\\d+)`).exec(root) ?? []
  if (value === undefined) throw new TypeError(`Cannot read the ${name} of a drawing`)
  return Number(value)
}

function wrap(text: string, width: number): string[] {
  const most = Math.floor(width / CHARACTER)
  const rows: string[] = []
  for (const word of text.split(' ')) {
    const last = rows.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= most) {
      rows[rows.length - 1] = `${last} ${word}`
    } else rows.push(word)
  }
  return rows
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
