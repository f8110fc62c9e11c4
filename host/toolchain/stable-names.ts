/**
 * Names modules in a bundle by what they are, not by where this machine has them.
 *
 * esbuild writes the path of each module in a comment, and gives it to functions that wrap modules, whose names stay in
 * the component. Relative to the agent, such a path differs from folder to folder. Equal sources have to become equal
 * bytes, because digests and signatures are of them. The number of lines stays, so the source map fits.
 *
 * @module
 */
import { resolve, sep } from 'node:path'
import { GUEST_DIRECTORY } from './package-files.ts'

// A comment on a line of its own, or the name of a wrapped module: `  "node_modules/events/events.js"(exports, module) {`
const NAMED = /^(\/\/ | {2}")(.+?)(?=$|"\()/gm
const PACKAGES = 'node_modules/'
const LIBRARY = 'node_modules/mayfly/components/guest/'

/**
 * @param inputs - names of modules as esbuild has them: relative to `directory`, or a namespace and a path
 * @param directory - absolute path of the folder of the agent
 */
export function withStableNames(
  code: string,
  inputs: readonly string[],
  directory: string,
): string {
  const names = new Map(inputs.map((input) => [input, stableName(input, directory)]))
  return code.replaceAll(NAMED, (whole, before: string, name: string) => {
    const stable = names.get(name)
    return stable === undefined ? whole : before + stable
  })
}

function stableName(input: string, directory: string): string {
  const [, namespace = '', name = ''] = /^([\w-]{2,}:)?(.*)$/s.exec(input) ?? []
  const path = resolve(directory, name)
  if (path.startsWith(GUEST_DIRECTORY + sep)) {
    return namespace + LIBRARY + path.slice(GUEST_DIRECTORY.length + 1).replaceAll(sep, '/')
  }
  const at = name.lastIndexOf(PACKAGES)
  return namespace + (at === -1 ? name : name.slice(at))
}
