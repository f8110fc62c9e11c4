/**
 * Charts as SVG, drawn without a browser.
 *
 * Each is drawn for a wide page and for a phone: scaled down, the text of one could not be read. Colours are
 * variables that follow the reader's light or dark.
 *
 * @module
 */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import type { ResultLine } from '../measure/results.ts'
import type { Results } from './read-results.ts'

export interface Chart {
  /** Of the file and the anchor: `isolation`. */
  readonly id: string
  readonly title: string
  /** The point that a reader should see in it. */
  readonly caption: string
  /** The lines it shows. Without any it is left out. */
  readonly lines: (results: Results) => readonly ResultLine[]
  readonly draw: (lines: readonly ResultLine[], width: number) => Plot.PlotOptions
}

export const WIDE = 760
export const NARROW = 348

/** Colours of series. They differ in light and in dark, also for most readers who see fewer colours. */
const SERIES: readonly string[] = [
  'var(--series-1)',
  'var(--series-2)',
  'var(--series-3)',
  'var(--series-4)',
  'var(--series-5)',
  'var(--series-6)',
  'var(--series-7)',
  'var(--series-8)',
]

export const THEMES = ['light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const PALETTE: Readonly<Record<string, Readonly<Record<Theme, string>>>> = {
  paper: { light: '#fdfdfb', dark: '#16181b' },
  ink: { light: '#1d2125', dark: '#e4e6e8' },
  soft: { light: '#6a7076', dark: '#9aa1a8' },
  line: { light: '#d9dcdf', dark: '#34383d' },
  'series-1': { light: '#0b62c4', dark: '#6cb2ff' },
  'series-2': { light: '#c2410c', dark: '#ff9a5c' },
  'series-3': { light: '#0f766e', dark: '#4fd1c0' },
  'series-4': { light: '#a21caf', dark: '#f093fb' },
  'series-5': { light: '#a16207', dark: '#f0c84b' },
  'series-6': { light: '#4b5563', dark: '#b4bcc6' },
  'series-7': { light: '#15803d', dark: '#6ee787' },
  'series-8': { light: '#be123c', dark: '#ff8097' },
}

/** Variables that follow the reader's light or dark. */
export const STYLE: string = `:root {
  color-scheme: light dark;
${Object.entries(PALETTE)
  .map(([name, { light, dark }]) => `  --${name}: light-dark(${light}, ${dark});`)
  .join('\n')}
}`

/** Returns the same drawing with the colours themselves, for programs that do not know CSS variables. */
export function inTheme(svg: string, theme: Theme): string {
  return svg.replace(/var\(--([\w-]+)\)/g, (_, name: string) => PALETTE[name]?.[theme] ?? 'none')
}

const FONT = "12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
const LEGEND_LINE = 17

/** Marks that name the series, one a line, above the frame. Leave `legendHeight` of margin for them. */
export function legend(names: readonly string[]): Plot.Markish[] {
  return names.map((name, index) =>
    Plot.text([`■ ${name}`], {
      frameAnchor: 'top-left',
      textAnchor: 'start',
      lineAnchor: 'bottom',
      dy: (index - names.length) * LEGEND_LINE,
      fill: SERIES[index % SERIES.length] ?? 'currentColor',
    }),
  )
}

export function legendHeight(names: readonly string[]): number {
  return (names.length + 1.5) * LEGEND_LINE
}

/** A colour for each name, in their order. */
export function colours(names: readonly string[]): Plot.ScaleOptions {
  return {
    type: 'categorical',
    domain: [...names],
    range: names.map((_, i) => SERIES[i % 8] ?? ''),
  }
}

/** Returns the SVG, complete enough for a separate file. */
export function drawSvg(options: Plot.PlotOptions, width: number, label: string): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const svg = Plot.plot({
    ...options,
    width,
    document,
    style: { background: 'transparent', color: 'var(--ink)', font: FONT, overflow: 'visible' },
  })
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', label)
  return svg.outerHTML
}
