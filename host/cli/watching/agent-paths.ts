/**
 * The paths of agents that a person means: agents, and folders of agents.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { agentsIn, folderOf, foldersIn, isFolder, MANIFEST_FILE } from '../../toolchain/index.ts'

/** Agents, and what says which they are. */
export interface AgentPaths {
  /** Paths for `bundleAgent`, each once. */
  readonly agents: readonly string[]
  /** Absolute paths of folders of agents. */
  readonly folders: readonly string[]
}

/**
 * Returns the agents at `paths`: a folder without an agent.json stands for those of its folders that have one.
 *
 * @param known - folders of agents that may have none any more. Default: none
 */
export function agentPaths(paths: readonly string[], known: readonly string[] = []): AgentPaths {
  const agents = new Map<string, string>()
  const folders: string[] = []
  for (const path of paths) {
    const absolute = resolve(path)
    const found = agentsIn(absolute).map((name) => join(path, name))
    const isOfAgents =
      known.includes(absolute) || (found.length > 0 && !existsSync(join(absolute, MANIFEST_FILE)))
    if (isOfAgents) folders.push(absolute)
    for (const each of isOfAgents ? found : [path]) agents.set(agentKey(each), each)
  }
  return { agents: [...agents.values()], folders }
}

/** Returns absolute paths of files that would make further agents in `folder` if they were there. */
export function possibleManifests(folder: string): string[] {
  return foldersIn(folder).map((name) => join(folder, name, MANIFEST_FILE))
}

/** One for all ways to write the path of an agent. */
export function agentKey(path: string): string {
  return path.endsWith('.wasm') ? resolve(path) : folderOf(path)
}

/** @throws {MayflyError} ERR_USAGE when there is no agent at one of `paths` */
export function checkPaths(paths: readonly string[]): void {
  for (const path of paths) {
    const absolute = resolve(path)
    if (!existsSync(absolute)) throw nothingAt(path, 'no such file or folder')
    const isAgent = !isFolder(absolute) || existsSync(join(absolute, MANIFEST_FILE))
    if (!isAgent && agentsIn(absolute).length === 0)
      throw nothingAt(path, 'no agent.json in it, nor in a folder of it')
  }
}

function nothingAt(path: string, reason: string): MayflyError {
  return new MayflyError('ERR_USAGE', `Cannot serve "${path}": ${reason}`, {
    hint: 'Point to folders with an agent.json, to components, or to a folder of agents; mayfly new hello makes an agent',
  })
}
