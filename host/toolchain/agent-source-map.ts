/**
 * The source map of a bundle as it leaves the build: with names of files, and no paths of this machine.
 *
 * @module
 */
import { dirname, relative, resolve, sep } from 'node:path'
import { MAX_MAP_CHARACTERS, type SourceMapContent } from '../source-maps/index.ts'
import type { Bundle } from './bundle.ts'
import { ENTRY_NAMESPACE } from './esbuild.ts'
import { fileOfInput } from './modules/index.ts'
import { GUEST_DIRECTORY } from './package-files.ts'

const PACKAGES = 'node_modules/'
const LIBRARY = 'mayfly/guest/'

/**
 * Returns the map of `bundle`, whose name in stacks is `file`.
 *
 * @returns nothing when it is longer than a host takes
 */
export function agentSourceMap(
  { sourceMap }: Pick<Bundle, 'sourceMap'>,
  source: string,
  file: string,
): string | undefined {
  // The bundler wrote it.
  const { sources, mappings } = JSON.parse(sourceMap) as SourceMapContent
  const folder = dirname(source)
  const names = sources.map((name) => (name === null ? null : nameOf(name, folder)))
  const content: SourceMapContent = { version: 3, file, sources: names, mappings }
  const text = JSON.stringify(content)
  return text.length > MAX_MAP_CHARACTERS ? undefined : text
}

/** As its author knows it: relative to the folder of the source, packages by their names. */
function nameOf(input: string, folder: string): string | null {
  if (input.startsWith(`${ENTRY_NAMESPACE}:`)) return null
  const path = resolve(folder, fileOfInput(input) ?? input)
  const inLibrary = relative(GUEST_DIRECTORY, path)
  if (!inLibrary.startsWith('..')) return LIBRARY + withSlashes(inLibrary)
  const name = withSlashes(relative(folder, path))
  const at = name.lastIndexOf(PACKAGES)
  return at < 0 ? name : name.slice(at)
}

function withSlashes(path: string): string {
  return path.split(sep).join('/')
}
