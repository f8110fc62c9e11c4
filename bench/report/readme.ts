/**
 * Writes the results in the README: the main plot, in both themes, and a table.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { PACKAGE_DIRECTORY } from '../../host/toolchain/index.ts'
import type { ResultLine } from '../measure/results.ts'
import { drawSvg, THEMES, WIDE } from './chart.ts'
import { isolationChart } from './charts/isolation.ts'
import { figureSvg } from './figure.ts'
import { sourceText } from './page.ts'
import { readResults, type Results } from './read-results.ts'
import { figure } from './table.ts'

const BEGIN = '<!-- measured: written by `npm run bench:report -- --readme` -->'
const END = '<!-- /measured -->'

/** @returns the paths of the written files */
export async function writeReadme(
  results: Results = readResults(),
  directory: string = PACKAGE_DIRECTORY,
): Promise<string[]> {
  const readme = join(directory, 'README.md')
  const text = readFileSync(readme, 'utf8')
  const [before, rest = ''] = text.split(BEGIN)
  const [, after] = rest.split(END)
  if (before === undefined || after === undefined) {
    throw new TypeError(`Cannot write README.md: it lacks ${BEGIN} and ${END}`)
  }
  const plots = writePlots(results, join(directory, '.github'))
  const section = [plots.length > 0 ? PICTURE : '', measuredText(results)].join('\n\n')
  const whole = `${before}${BEGIN}\n\n${section}\n\n${END}${after}`
  const config = await resolveConfig(readme)
  writeFileSync(readme, await format(whole, { ...config, parser: 'markdown' }))
  return [...plots, readme]
}

const PICTURE = `<picture>
  <source media="(prefers-color-scheme: dark)" srcset=".github/isolation-dark.svg">
  <img alt="What clean state for one request costs, for everyone on one logarithmic axis" src=".github/isolation-light.svg">
</picture>`

function writePlots(results: Results, directory: string): string[] {
  const { title, caption, lines, draw } = isolationChart
  const shown = lines(results)
  if (shown.length === 0) return []
  const svg = drawSvg(draw(shown, WIDE), WIDE, title)
  return THEMES.map((theme) => {
    const path = join(directory, `isolation-${theme}.svg`)
    writeFileSync(path, figureSvg(svg, { title, caption, source: sourceText(shown) }, theme))
    return path
  })
}

type Find = (at: string, measure: string, subject: string) => ResultLine | undefined

/** Exported for its test. */
function measuredText(results: Results): string {
  const find: Find = (at, measure, subject) => {
    const [suite = '', name = ''] = at.split('/')
    return results
      .latest(suite, name)
      .find((line) => line.measure.startsWith(measure) && line.subject === subject)
  }
  const used: ResultLine[] = []
  const rows = ROWS.flatMap(({ what, own, beside }) => {
    const line = find(...own)
    if (line === undefined) return []
    used.push(line)
    const others = beside.flatMap(([name, ...of]) => {
      const other = find(...of)
      return other === undefined ? [] : [`${name}: ${valueText(other)}`]
    })
    return [`| ${what} | ${valueText(line)} | ${others.join('; ')} |`]
  })
  const table = ['| | median | beside |', '| --- | --- | --- |', ...rows].join('\n')
  return `${sourceText(used)}. What is compared was measured in turn, in one run: trust the ratios, not the times.\n\n${table}`
}

function valueText({ value, unit }: ResultLine): string {
  const { p50 } = value
  return unit === 'µs' && p50 >= 1000 ? `${figure(p50 / 1000)} ms` : `${figure(p50)} ${unit}`
}

type Where = readonly [at: string, measure: string, subject: string]

const FRESH = 'fresh state + one call'
const POST = 'POST of JSON, answered with JSON'
const ROWS: readonly {
  readonly what: string
  readonly own: Where
  readonly beside: readonly (readonly [name: string, ...Where])[]
}[] = [
  {
    what: 'AssemblyScript agent, state as new and one call',
    own: ['agents/assemblyscript', `AssemblyScript: ${FRESH}`, 'mayfly'],
    beside: [
      [
        '`new WebAssembly.Instance` and the call',
        'agents/assemblyscript',
        `AssemblyScript: ${FRESH}`,
        'new WebAssembly.Instance',
      ],
    ],
  },
  {
    what: 'JavaScript agent (QuickJS), the same',
    own: ['agents/js', `JS: ${FRESH}`, 'mayfly'],
    beside: [
      ['jco `instantiate()` of the same component', 'agents/js', `JS: ${FRESH}`, 'jco'],
      ['fresh `isolated-vm` isolate', 'agents/js', `JS: ${FRESH}`, 'isolated-vm'],
    ],
  },
  {
    what: 'TypeScript `fetch` agent: a GET through `agent.fetch`, answer not read',
    own: ['agents/ts-fetch', 'TypeScript: agent.fetch', 'mayfly'],
    beside: [
      [
        'Hono inside the agent',
        'agents/ts-fetch',
        'TypeScript: agent.fetch',
        'mayfly, Hono in the agent',
      ],
    ],
  },
  {
    what: 'the same: a POST of a small JSON, `Request` made, JSON answer read',
    own: ['agents/post-beside', POST, 'mayfly'],
    beside: [
      [
        '`quickjs-emscripten`, a new context, text in and out',
        'agents/post-beside',
        POST,
        'quickjs-emscripten, new context',
      ],
      [
        'the function in Node, no sandbox',
        'agents/post-beside',
        POST,
        'the function alone in Node',
      ],
    ],
  },
  {
    what: 'that POST as the first request of a process, after the load',
    own: ['cold-start/first', 'fresh process: first request', 'mayfly'],
    beside: [
      ['median of the first 50', 'cold-start/first', 'fresh process: median', 'mayfly'],
      [
        '`quickjs-emscripten`: the first',
        'cold-start/first',
        'fresh process: first request',
        'quickjs-emscripten, new context',
      ],
      [
        'median of its first 50',
        'cold-start/first',
        'fresh process: median',
        'quickjs-emscripten, new context',
      ],
    ],
  },
  {
    what: 'of a `fetch` agent, resetting the state alone',
    own: ['agents/stamp', 'JS: stamp alone', 'mayfly, pages'],
    beside: [['copying all of it', 'agents/stamp', 'JS: stamp alone', 'mayfly, copy']],
  },
  {
    what: 'StarlingMonkey agent, resetting the state',
    own: ['cold-start/languages', 'fresh state, JavaScript (StarlingMonkey)', 'stamp'],
    beside: [
      [
        'a fresh instance',
        'cold-start/languages',
        'fresh state, JavaScript (StarlingMonkey)',
        'fresh instance',
      ],
    ],
  },
  {
    what: 'a small GET over HTTP, one connection',
    own: ['cold-start/served', 'one request', 'mayfly, over HTTP'],
    beside: [
      ['bare Hono', 'cold-start/served', 'one request', 'bare Hono, over HTTP'],
      [
        '`jco serve --isolate-requests instance`',
        'cold-start/served',
        'one request',
        'jco serve, instance',
      ],
    ],
  },
  {
    what: 'that POST over HTTP, 32 connections, one worker',
    own: ['agents/http', 'HTTP: throughput', 'TypeScript fetch agent, POST of JSON'],
    beside: [
      [
        'plain `node:http`, no sandbox',
        'agents/http',
        'HTTP: throughput',
        'node:http, POST of JSON',
      ],
      [
        '`quickjs-emscripten` behind it, a new context',
        'agents/http',
        'HTTP: throughput',
        'quickjs-emscripten behind node:http, POST of JSON',
      ],
    ],
  },
  {
    what: 'resident memory of each of 10,000 JavaScript agents',
    own: ['memory/agents', 'resident, each loaded JS agent', '10000 agents'],
    beside: [
      [
        'of that, pages no other shares',
        'memory/agents',
        'pages no other agent shares',
        '10000 agents',
      ],
    ],
  },
  {
    what: 'CSV parsed and summarised, AssemblyScript agent',
    own: ['workload/csv', 'CSV of 200,000 rows: time', 'AssemblyScript agent'],
    beside: [
      ['Node', 'workload/csv', 'CSV of 200,000 rows: time', 'Node'],
      ['CPython', 'workload/csv', 'CSV of 200,000 rows: time', 'CPython'],
      ['JavaScript agent', 'workload/csv', 'CSV of 200,000 rows: time', 'JavaScript agent'],
    ],
  },
]
