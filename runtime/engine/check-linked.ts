/**
 * Compares what an agent imports with what the agents that are to provide it export, as far as those are
 * loaded. One that comes later meets the checks of every call: a value of another type does not pass.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'
import { equalFunctions, type LinkPlan } from '../link/index.ts'
import type { Manifest } from '../manifest/index.ts'
import type { AgentDirectory } from './agent-links.ts'
import { splitInterface } from './bind-imports.ts'

/** @throws {MayflyError} ERR_IMPORT_UNSATISFIED */
export function checkLinked(
  { name, capabilities: { tools = {} } }: Manifest,
  { imports }: LinkPlan,
  directory: AgentDirectory,
): void {
  for (const { agent, provides = [] } of Object.values(tools)) {
    const callee = directory.find(agent)
    for (const imported of callee === undefined ? [] : imports) {
      const path = provides.find((each) => covers(each, imported.interface))
      if (path === undefined || !imported.used) continue
      const type = callee?.exportType(`${path}#${imported.name}`)
      if (type !== undefined && equalFunctions(type, imported.type)) continue
      const state = type === undefined ? 'does not export it' : 'exports it with another type'
      throw new MayflyError(
        'ERR_IMPORT_UNSATISFIED',
        `Cannot link "${imported.name}" of "${imported.interface}" into agent "${name}": agent "${agent}" ${state}`,
        {
          hint: `Build both against the same WIT, or take "${path}" out of capabilities.tools`,
          facts: { agent: name, interface: imported.interface, callee: agent },
        },
      )
    }
  }
}

function covers(path: string, imported: string): boolean {
  return path === imported || path === splitInterface(imported).name
}
