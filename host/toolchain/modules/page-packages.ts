/**
 * Packages whose build for browsers parses HTML or XML by the page that it is on. An agent has no page, so it takes
 * their other build, which brings a parser. Any other `browser` of a package.json holds.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import type { Plugin } from 'esbuild'

const NAME = /^(?:@[^/]+\/)?[^/]+$/
const MAP_OF_BROWSER = /"browser"\s*:\s*\{/
const PARSES_BY_PAGE = /\bdocument\s*\.\s*implementation\b|\bnew\s+DOMParser\b/

interface PagePackage {
  readonly directory: string
  /** Absolute path. */
  readonly main: string
}

export function pagePackages(): Plugin {
  return {
    name: 'mayfly-page-packages',
    setup(build) {
      const known = new Map<string, PagePackage | undefined>()
      const at = (directory: string): PagePackage | undefined => {
        if (!known.has(directory)) known.set(directory, pagePackage(directory))
        return known.get(directory)
      }
      build.onResolve({ filter: /^[^./]/ }, ({ path, importer, resolveDir, kind }) => {
        const inside = [...known.values()].find((each) => isIn(each, importer))
        if (inside !== undefined) {
          // From above the package: its map of `browser` does not count there, which says that there is no parser.
          return build.resolve(path, { kind, resolveDir: dirname(inside.directory) })
        }
        const directory = NAME.test(path) ? directoryOf(path, resolveDir) : undefined
        const main = directory === undefined ? undefined : at(directory)?.main
        return main === undefined ? undefined : { path: main }
      })
    },
  }
}

function isIn(found: PagePackage | undefined, importer: string): boolean {
  return found !== undefined && importer.startsWith(found.directory + sep)
}

function directoryOf(name: string, start: string): string | undefined {
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    const directory = join(folder, 'node_modules', name)
    if (existsSync(join(directory, 'package.json'))) return directory
  }
  return undefined
}

function pagePackage(directory: string): PagePackage | undefined {
  const { browser, exports, module, main = 'index.js' } = describedBy(directory)
  if (exports !== undefined || typeof browser !== 'object' || browser === null) return undefined
  const file = typeof module === 'string' ? module : main
  if (typeof file !== 'string') return undefined
  const path = join(directory, file)
  const replacement = Object.entries(browser).find(([key]) => join(directory, key) === path)?.[1]
  if (typeof replacement !== 'string' || !existsSync(path)) return undefined
  const text = readText(join(directory, replacement))
  return PARSES_BY_PAGE.test(text) && !PARSES_BY_PAGE.test(readText(path))
    ? { directory, main: path }
    : undefined
}

function describedBy(directory: string): Readonly<Record<string, unknown>> {
  try {
    const text = readFileSync(join(directory, 'package.json'), 'utf8')
    // Few packages have one, and some descriptions are long.
    if (!MAP_OF_BROWSER.test(text)) return {}
    const found: unknown = JSON.parse(text)
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {}
  } catch {
    return {} // esbuild says why it cannot be read
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
