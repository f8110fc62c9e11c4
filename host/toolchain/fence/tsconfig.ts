/**
 * The files that the options of TypeScript come from: `tsconfig.json` beside a module and above, and the files it
 * extends. esbuild reads them without asking.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { getNodeValue, parseTree } from 'jsonc-parser'
import type { Fence } from './fence.ts'
import { isInside, realPath, withParents } from './real-path.ts'

const NAMES = ['tsconfig.json', 'jsconfig.json']

/** Returns what says of folders of modules, for one build, why options for them may not be read. */
export function optionProblems(fence: Fence): (directory: string) => string | undefined {
  const known = new Map<string, string | undefined>()
  const remembered = (folder: string, find: () => string | undefined): string | undefined => {
    if (!known.has(folder)) known.set(folder, find())
    return known.get(folder)
  }
  const inRoot = (folder: string): string | undefined => {
    // The author of the agent did not write the files above the root.
    if (!isInside(fence.root, folder)) return undefined
    const parent = dirname(folder)
    return remembered(
      folder,
      () => problemIn(fence, folder) ?? (parent === folder ? undefined : inRoot(parent)),
    )
  }
  return (directory) => remembered(directory, () => inRoot(realPath(directory)))
}

/** Why a file of options in `folder`, or one that it extends, may not be read. */
function problemIn(fence: Fence, folder: string): string | undefined {
  const seen = new Set<string>()
  const waiting = NAMES.map((name) => join(folder, name))
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file) || !existsSync(file)) continue
    seen.add(file)
    const problem = fence.problem(file)
    if (problem !== undefined) return problem
    waiting.push(...extendedBy(file))
  }
  return undefined
}

/** Returns all paths that `extends` of the file may mean. */
export function extendedBy(file: string): string[] {
  const directory = dirname(file)
  return extensions(file).flatMap((name) => {
    const isPath = /^\.{0,2}[\\/]|^\.{1,2}$|^[a-z]:/i.test(name)
    const places = isPath
      ? [resolve(directory, name)]
      : withParents(directory).map((folder) => join(folder, 'node_modules', name))
    return places.flatMap((place) => [place, `${place}.json`, join(place, 'tsconfig.json')])
  })
}

function extensions(file: string): string[] {
  try {
    const options = parseTree(readFileSync(file, 'utf8'), [], { allowTrailingComma: true })
    // A name may be written twice: whichever esbuild takes is among them.
    const properties = (options?.children ?? []).map(({ children = [] }) => children)
    return properties
      .flatMap(([name, value]) => (name?.value === 'extends' && value ? getNodeValue(value) : []))
      .filter((name: unknown) => typeof name === 'string')
  } catch {
    return [] // A folder of that name, which esbuild does not read either
  }
}
