/**
 * Files that are not there and would count: those that would be found before a module of a build, and those that an
 * import looked for without success.
 *
 * Names are tried in the order of esbuild: https://esbuild.github.io/api/#resolve-extensions
 *
 * @module
 */
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import type { Message, Metafile } from 'esbuild'
import { fileOfInput } from './file-kinds.ts'

const ENDINGS = ['.tsx', '.ts', '.jsx', '.js', '.css', '.json']
// TypeScript has imports name the file that it would emit.
const EMITTED = /\.([cm]?)js(x?)$/
const UNRESOLVED = /^Could not resolve "([^"]+)"/
const PACKAGES = 'node_modules'

/**
 * Returns absolute paths that imports of the agent's own modules try before the files of `metafile`.
 *
 * @param directory - that names in `metafile` are relative to
 * @param root - folder that the build reads nothing out of
 */
export function earlierFiles(
  { inputs }: Pick<Metafile, 'inputs'>,
  directory: string,
  root: string,
): string[] {
  const files = new Set<string>()
  for (const [input, { imports }] of Object.entries(inputs)) {
    const importer = fileOfInput(input)
    if (importer === undefined || isOfPackage(importer)) continue
    const folder = dirname(resolve(directory, importer))
    for (const { path, original, external } of imports) {
      const found = fileOfInput(path)
      if (original === undefined || external === true || found === undefined) continue
      const target = resolve(directory, found)
      for (const file of tried(original, folder, root)) {
        if (file === target) break
        // A folder of this name is where the module was found.
        if (!target.startsWith(file + sep)) files.add(file)
      }
    }
  }
  return [...files]
}

/** Returns absolute paths of the files, any of which may mend an import among `errors`. */
export function missingFiles(errors: readonly Message[], directory: string): string[] {
  return errors.flatMap(({ text, location }) => {
    const [, name] = UNRESOLVED.exec(text) ?? []
    if (name === undefined || location === null) return []
    const importer = fileOfInput(location.file)
    return importer === undefined ? [] : tried(name, dirname(resolve(directory, importer)))
  })
}

function tried(name: string, folder: string, root?: string): string[] {
  const path = name.replace(/\?.*$/, '')
  if (!/^\.{1,2}(?:[\\/]|$)/.test(path) && !isAbsolute(path))
    return packageFiles(path, folder, root)
  const base = resolve(folder, path)
  const emitted = EMITTED.test(base)
    ? [base.replace(EMITTED, '.$1ts'), base.replace(EMITTED, '.$1tsx')]
    : []
  return [
    base,
    ...ENDINGS.map((ending) => base + ending),
    ...emitted,
    ...ENDINGS.map((ending) => join(base, `index${ending}`)),
  ]
}

/** From `folder` upwards, to `root` or to the top. */
function packageFiles(name: string, folder: string, root?: string): string[] {
  const [, found] = /^((?:@[^/:]+\/)?[^/#@:]+)(?:\/|$)/.exec(name) ?? []
  if (found === undefined) return []
  const files: string[] = []
  for (let place = folder; ; place = dirname(place)) {
    files.push(join(place, PACKAGES, found, 'package.json'))
    if (place === root || place === dirname(place)) return files
  }
}

function isOfPackage(path: string): boolean {
  return path.split(/[\\/]/).includes(PACKAGES)
}
