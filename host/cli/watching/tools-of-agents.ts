/**
 * The agents that other agents may call: whether they are there, and where they would be found.
 *
 * @module
 */
import { isMayflyError, MayflyError } from '../../../runtime/errors/index.ts'
import type { Manifest } from '../../../runtime/manifest/index.ts'
import type { MayflyServer } from '../../targets/node/index.ts'
import { loadManifest, siblingsOf } from '../../toolchain/index.ts'
import { agentName, manifestBeside } from '../manifest-beside.ts'
import { agentKey } from './agent-paths.ts'

/** A tool of an agent that was not given itself. */
export interface SiblingTool {
  /** Of the called agent. */
  readonly path: string
  readonly tool: string
  /** Names of the agent that may call it. */
  readonly agent: string
}

/** A tool that no path leads to. */
export type MissingTool = Omit<SiblingTool, 'path'>

export interface FoundTools {
  readonly siblings: readonly SiblingTool[]
  readonly missing: readonly MissingTool[]
}

interface Named {
  readonly name: string
  readonly capabilities: Pick<Manifest['capabilities'], 'tools'>
}

/** Finds tools of the agents at `paths`, and tools of these, among their siblings. Broken manifests have none. */
export function findTools(paths: readonly string[], root?: string): FoundTools {
  const waiting = paths.map((path) => ({ path, manifest: manifestAt(path, root) }))
  const names = new Set(waiting.map(({ manifest }) => manifest?.name))
  const siblings: SiblingTool[] = []
  const missing: MissingTool[] = []
  for (const { path, manifest } of waiting) {
    for (const tool of manifest === undefined ? [] : calleesOf(manifest)) {
      if (names.has(tool)) continue
      names.add(tool)
      const agent = manifest?.name ?? ''
      const sibling = siblingNamed(tool, path, root)
      if (sibling === undefined) missing.push({ tool, agent })
      else {
        siblings.push({ path: sibling.path, tool, agent })
        waiting.push(sibling)
      }
    }
  }
  return { siblings, missing }
}

/** The names of the agents that an agent may call. */
export function calleesOf({ capabilities }: Pick<Named, 'capabilities'>): string[] {
  return Object.values(capabilities.tools ?? {}).map(({ agent }) => agent)
}

/** The error of an agent whose tool is not served; `path` is where the tool was found. */
export function missingToolError(
  { tool, agent, path }: MissingTool & { readonly path?: string | undefined },
  verb: string,
): MayflyError {
  return new MayflyError(
    'ERR_USAGE',
    `Cannot serve agent "${agent}": its tool "${tool}" is not served`,
    {
      hint:
        path === undefined
          ? `Add the path of agent "${tool}" to the arguments of mayfly ${verb}, or remove "${tool}" from capabilities.tools of "${agent}"`
          : `Add ${path} to the arguments of mayfly ${verb}`,
      facts: { agent, tool },
    },
  )
}

/**
 * Checks that all tools of the agents at `paths` are served.
 *
 * @throws {MayflyError} ERR_USAGE, with the argument to add
 */
export function checkTools(
  { agents, refused }: Pick<MayflyServer, 'agents' | 'refused'>,
  { paths, verb, root }: { paths: readonly string[]; verb: string; root?: string | undefined },
): void {
  const { siblings, missing } = findTools(paths, root)
  // One that was deployed before may be the tool. Why one was refused is said elsewhere.
  const known = new Set([...agents.map(({ manifest }) => manifest), ...refused].map(nameOf))
  const lacked = [...missing, ...siblings].find(({ tool }) => !known.has(tool))
  if (lacked !== undefined) throw missingToolError(lacked, verb)
}

function nameOf({ name }: { readonly name: string }): string {
  return name
}

function siblingNamed(
  tool: string,
  path: string,
  root: string | undefined,
): { path: string; manifest: Named } | undefined {
  for (const sibling of siblingsOf(path)) {
    const manifest = manifestAt(sibling, root)
    if (manifest?.name === tool) return { path: sibling, manifest }
  }
  return undefined
}

/** What the agent at `path` is called and may do; nothing when that cannot be read. */
export function manifestAt(path: string, root?: string): Named | undefined {
  try {
    if (!path.endsWith('.wasm')) return loadManifest(path, { root }).manifest
    const key = agentKey(path)
    return manifestBeside(key, root) ?? { name: agentName(key), capabilities: {} }
  } catch (error) {
    // The build reports it.
    if (isMayflyError(error)) return undefined
    throw error
  }
}
