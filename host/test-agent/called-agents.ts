/**
 * The agents that a tested agent calls, and those that they call: found beside it, as `mayfly dev` finds them, or where the
 * test says.
 *
 * @module
 */
import { MayflyError } from '../../runtime/errors/index.ts'
import type { Manifest } from '../../runtime/manifest/index.ts'
import { buildAgent, loadManifest, siblingsOf, type BuiltAgent } from '../toolchain/index.ts'

/** How an agent that is called is made. */
export interface CalledAgentsOptions {
  /** Paths of agents by name, before those that lie beside their callers. */
  readonly paths: ReadonlyMap<string, string>
  /** Names of agents that functions stand for. */
  readonly replaced: ReadonlySet<string>
  readonly cacheDirectory: string
}

/**
 * Builds the agents that `first` calls.
 *
 * @param directory - the folder of `first`
 * @throws {MayflyError} ERR_USAGE when one is nowhere, or an option names one that is not called; and as `buildAgent` does
 */
export async function buildCalled(
  first: Manifest,
  directory: string,
  { paths, replaced, cacheDirectory }: CalledAgentsOptions,
): Promise<BuiltAgent[]> {
  const built: BuiltAgent[] = []
  const known = new Set([first.name])
  const waiting = [{ manifest: first, directory }]
  for (const caller of waiting) {
    for (const name of calleesOf(caller.manifest)) {
      if (known.has(name)) continue
      known.add(name)
      if (replaced.has(name)) continue
      const path = paths.get(name) ?? siblingNamed(name, caller.directory)
      if (path === undefined) throw missing(name, caller.manifest.name)
      const agent = await buildAgent({ directory: path, cacheDirectory })
      if (agent.manifest.name !== name) throw misnamed(name, path, agent.manifest.name)
      built.push(agent)
      waiting.push({ manifest: agent.manifest, directory: path })
    }
  }
  const stranger = [...paths.keys(), ...replaced].find((name) => !known.has(name))
  if (stranger !== undefined) throw notCalled(stranger, first.name)
  return built
}

function calleesOf({ capabilities }: Manifest): string[] {
  return Object.values(capabilities.tools ?? {}).map(({ agent }) => agent)
}

function siblingNamed(name: string, directory: string): string | undefined {
  return siblingsOf(directory).find((sibling) => nameAt(sibling) === name)
}

/** Nothing for a broken manifest: it may not be the one that is looked for. */
function nameAt(path: string): string | undefined {
  try {
    return loadManifest(path).manifest.name
  } catch {
    return undefined
  }
}

function missing(name: string, caller: string): MayflyError {
  return new MayflyError(
    'ERR_USAGE',
    `Cannot test agent "${caller}": its tool "${name}" is not there`,
    {
      hint: `Add "${name}" to the option tools: the path of the agent, or a function in its place`,
      facts: { agent: caller, tool: name },
    },
  )
}

function misnamed(name: string, path: string, found: string): MayflyError {
  return new MayflyError(
    'ERR_USAGE',
    `Cannot take "${path}" for tool "${name}": its name is "${found}"`,
    {
      hint: `Name it "${found}" in the option tools, or correct the path`,
    },
  )
}

function notCalled(name: string, caller: string): MayflyError {
  return new MayflyError(
    'ERR_USAGE',
    `Cannot use tool "${name}": agent "${caller}" does not call it`,
    {
      hint: `Add "${name}": {} to capabilities.tools in its agent.json, or take it out of the option tools`,
    },
  )
}
