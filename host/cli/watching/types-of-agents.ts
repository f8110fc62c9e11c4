/**
 * Keeps the types of agents as their agent.json and their tools are.
 *
 * Only of agents that a compiler of TypeScript checks: they have the file of types already, or a tsconfig.json.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { isMayflyError } from '../../../runtime/errors/index.ts'
import { refreshTypes, TYPES_FILE } from '../agent-types.ts'
import { printError } from '../print-error.ts'

const SIGNS = [TYPES_FILE, 'tsconfig.json']

/** @param paths - of agents: folders, files of the name agent.json, components, which have no types */
export function refreshTypesOf(paths: readonly string[], root: string | undefined): void {
  for (const path of paths) {
    if (path.endsWith('.wasm')) continue
    const folder = path.endsWith('.json') ? dirname(path) : path
    if (!SIGNS.some((name) => existsSync(join(folder, name)))) continue
    try {
      const { file, wasStale } = refreshTypes(path, { root })
      if (wasStale) console.log(`Wrote ${relative(process.cwd(), file)}: what agent.json grants`)
    } catch (error) {
      // What is wrong with an agent.json, the build says.
      if (!isMayflyError(error)) printError(error)
    }
  }
}
