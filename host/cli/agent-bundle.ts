/**
 * Turns a path that a person gives (a folder, an `agent.json` or a component) into an agent that a host can load.
 *
 * @module
 */

import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { MayflyError } from '../../runtime/errors/index.ts'
import type { Manifest } from '../../runtime/manifest/index.ts'
import {
  adaptCoreModule,
  loadManifest,
  MANIFEST_FILE,
  type BuildAgentOptions,
} from '../toolchain/index.ts'
import { agentBundle, type AgentBundle } from '../targets/node/index.ts'
import { buildSlowly } from './build-slowly.ts'

/**
 * Builds or reads the agent at `path`. A component alone, or a module for WASI 0.1, is granted
 * nothing and named after its file.
 *
 * @throws {MayflyError} ERR_USAGE, ERR_MANIFEST_INVALID, ERR_BUILD_FAILED
 */
export async function bundleAgent(
  path: string,
  options: Omit<BuildAgentOptions, 'directory'> = {},
): Promise<AgentBundle> {
  if (!path.endsWith('.wasm')) {
    const { manifest, component } = await buildSlowly({ ...options, directory: path })
    return agentBundle({ manifest, component })
  }
  const file = resolve(path)
  if (!existsSync(file)) {
    throw new MayflyError('ERR_USAGE', `Cannot read component "${path}": no such file`, {
      hint: 'Point to a component, or to a folder with an agent.json',
    })
  }
  return agentBundle({
    manifest: manifestBeside(file, options.root) ?? { name: agentName(path) },
    component: await adaptCoreModule(readFileSync(file)),
  })
}

/**
 * The `agent.json` of the folder, if it names the file as its component, or its agent has the file's name.
 *
 * @throws {MayflyError} ERR_MANIFEST_INVALID, even if the broken manifest could belong to another agent
 */
function manifestBeside(file: string, root: string | undefined): Manifest | undefined {
  const directory = dirname(file)
  if (!existsSync(join(directory, MANIFEST_FILE))) return undefined
  const { manifest } = loadManifest(directory, { root })
  const { component, name } = manifest
  const isOfFile =
    component === undefined ? name === agentName(file) : resolve(directory, component) === file
  return isOfFile ? manifest : undefined
}

/** `My_Tool.wasm` → `my-tool`. */
function agentName(path: string): string {
  const words =
    basename(path, '.wasm')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? []
  const name = words.join('-').replace(/^[^a-z]+/, '')
  return name === '' ? 'agent' : name
}
