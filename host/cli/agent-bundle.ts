/**
 * Turns a path that a person gives (a folder, an `agent.json` or a component) into an agent that a host can load.
 *
 * @module
 */

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { MayflyError } from '../../runtime/errors/index.ts'
import {
  adaptCoreModule,
  collectAssets,
  MANIFEST_FILE,
  mapPath,
  readMapOf,
  type BuildAgentOptions,
} from '../toolchain/index.ts'
import { agentBundle, type AgentBundle } from '../targets/node/index.ts'
import { buildSlowly } from './build-slowly.ts'
import { agentName, loadedBeside } from './manifest-beside.ts'

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
    return agentBundle(await buildSlowly({ ...options, directory: path }))
  }
  const file = resolve(path)
  const { root, onInputs = () => {} } = options
  onInputs([file, mapPath(file), join(dirname(file), MANIFEST_FILE)])
  if (!existsSync(file)) {
    throw new MayflyError('ERR_USAGE', `Cannot read component "${path}": no such file`, {
      hint: 'Point to a component, or to a folder with an agent.json',
    })
  }
  const sourceMap = readMapOf(file)
  const beside = loadedBeside(file, root)
  const assets = beside && collectAssets({ ...beside, onInputs })
  return agentBundle({
    manifest: beside?.manifest ?? { name: agentName(path) },
    component: await adaptCoreModule(readFileSync(file)),
    ...(sourceMap === undefined ? {} : { sourceMap }),
    ...(assets === undefined ? {} : { assets }),
  })
}
