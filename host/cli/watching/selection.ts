/**
 * Which agents are built and served: those that a person gave, those in folders of agents, and their tools.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MANIFEST_FILE } from '../../toolchain/index.ts'
import type { buildOptions } from '../build-options.ts'
import { agentPaths } from './agent-paths.ts'
import { findTools, type FoundTools } from './tools-of-agents.ts'
import type { Work, Workshop } from './workshop.ts'

export interface SelectionOptions {
  /** Agents and folders of agents. */
  readonly paths: readonly string[]
  readonly build: ReturnType<typeof buildOptions>
  /** Whether tools are served that are found beside the agents. Otherwise they have to be given. */
  readonly addsTools: boolean
}

export interface Selection {
  /** Absolute paths of folders of agents. */
  readonly folders: readonly string[]
  readonly tools: FoundTools
  /** Agents that were built before and are none now. */
  readonly gone: readonly Work[]
}

/** Has the workshop build the agents that the paths mean now. */
export function selectAgents(
  workshop: Workshop,
  { paths, build, addsTools }: SelectionOptions,
  known: readonly string[],
): Selection {
  const { agents, folders } = agentPaths(paths, known)
  const tools = findTools(agents, build.root)
  const before = workshop.works.map(({ path }) => path)
  const added = addsTools ? tools.siblings : []
  // While the agent.json of a tool is broken, its name is not known.
  const stay = addsTools ? before.filter(hasManifest) : []
  const gone = workshop.keep([...agents, ...added.map(({ path }) => path), ...stay])
  for (const { path, tool, agent } of added)
    if (!before.includes(path))
      console.log(`Serves ${path} as well: "${tool}" is a tool of "${agent}"`)
  return { folders, tools, gone }
}

function hasManifest(path: string): boolean {
  return existsSync(join(path, MANIFEST_FILE))
}

/** The tools that are not served, unless they were deployed before. */
export function lackedTools(
  { siblings, missing }: FoundTools,
  { addsTools }: Pick<SelectionOptions, 'addsTools'>,
): readonly (FoundTools['missing'][number] & { readonly path?: string })[] {
  return addsTools ? missing : [...missing, ...siblings]
}
