/**
 * Compares the imports of an agent with the exports of the agents that provide them. Loaded providers are compared when
 * the agent is loaded, and each provider again at its first call. So a provider may come later or be replaced, and a
 * wrong export is not mistaken for a failure.
 *
 * @module
 */
import type { FunctionType } from '../abi/index.ts'
import { camelCase } from '../abi/index.ts'
import { MayflyError } from '../errors/index.ts'
import { equalFunctions, type ImportedFunction, type LinkPlan } from '../link/index.ts'
import type { Manifest } from '../manifest/index.ts'
import { interfaceOf, WASI_HTTP_SERVICE } from '../serve/index.ts'
import { splitInterface } from './split-interface.ts'

/** The importing agent, and its import. */
export interface Importer {
  readonly name: string
  readonly imports: LinkPlan['imports']
}

/** The agent that is to provide the import. */
export interface Provider {
  readonly name: string
  exportType(name: string): FunctionType | undefined
}

/** Those who provide, by name. */
export interface ProviderDirectory {
  find(name: string): Provider | undefined
}

/** @throws {MayflyError} ERR_IMPORT_UNSATISFIED */
export function checkLinked(
  { name, capabilities: { tools = {} } }: Manifest,
  { imports }: LinkPlan,
  directory: ProviderDirectory,
): void {
  for (const { agent, provides = [] } of Object.values(tools)) {
    const callee = directory.find(agent)
    for (const imported of callee === undefined ? [] : imports) {
      // Requests go to any handler that the callee has, not to its export of that name.
      if (splitInterface(imported.interface).name === interfaceOf(WASI_HTTP_SERVICE)) continue
      const path = provides.find((each) => covers(each, imported.interface))
      if (callee === undefined || path === undefined || !imported.used) continue
      const problem = mismatch(name, imported, path, callee)
      if (problem !== undefined) throw problem
    }
  }
}

/** Why `importer` cannot call `exported`, such as `acme:math/ops#add`, of `callee`; nothing when it can. */
export function linkProblem(
  { name, imports }: Importer,
  exported: string,
  callee: Provider,
): MayflyError | undefined {
  const [path = '', member = ''] = exported.split('#')
  const imported = imports.find(
    (each) =>
      covers(path, each.interface) &&
      [each.name, camelCase(each.name)].includes(member) &&
      each.used,
  )
  return imported && mismatch(name, imported, path, callee)
}

function mismatch(
  name: string,
  imported: ImportedFunction,
  path: string,
  callee: Provider,
): MayflyError | undefined {
  const type = callee.exportType(`${path}#${imported.name}`)
  if (type !== undefined && equalFunctions(type, imported.type)) return undefined
  const state = type === undefined ? 'does not export it' : 'exports it with another type'
  return new MayflyError(
    'ERR_IMPORT_UNSATISFIED',
    `Cannot link "${imported.name}" of "${imported.interface}" into agent "${name}": agent "${callee.name}" ${state}`,
    {
      hint: `Build both against the same WIT, or take "${path}" out of capabilities.tools`,
      facts: { agent: name, interface: imported.interface, callee: callee.name },
    },
  )
}

function covers(path: string, imported: string): boolean {
  return path === imported || path === splitInterface(imported).name
}
