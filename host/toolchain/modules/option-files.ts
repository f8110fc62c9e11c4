/**
 * Files that say how modules are bundled, beside the modules: package.json and tsconfig.json. esbuild does not list them
 * among its inputs.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { extendedBy, type Fence } from '../fence/index.ts'

const TSCONFIGS = ['tsconfig.json', 'jsconfig.json']

/**
 * Returns the absolute paths of the files that say how `modules` are bundled. Those that are not there yet and would
 * count are among them.
 */
export function optionFiles(modules: readonly string[], fence: Fence): string[] {
  const files = new Set<string>()
  const seen = new Set<string>()
  for (const module of modules) {
    for (let folder = dirname(module); !seen.has(folder); folder = dirname(folder)) {
      seen.add(folder)
      files.add(join(folder, 'package.json'))
      // esbuild reads none in packages.
      const isOwn = !/[\\/]node_modules(?:[\\/]|$)/.test(folder)
      for (const name of isOwn ? TSCONFIGS : []) addTsconfig(join(folder, name), files)
      if (folder === fence.root || basename(folder) === 'node_modules') break
    }
  }
  return [...files]
}

function addTsconfig(file: string, files: Set<string>): void {
  if (files.has(file)) return
  files.add(file)
  if (!existsSync(file)) return
  for (const other of extendedBy(file)) if (existsSync(other)) addTsconfig(other, files)
}
