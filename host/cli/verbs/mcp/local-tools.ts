/**
 * Tools of agents that are loaded in this process.
 *
 * @module
 */

import { callFunction, type Agent } from '../../../../runtime/agents/index.ts'
import { isMayflyError } from '../../../../runtime/errors/index.ts'
import { functionsOf } from '../../../control/index.ts'
import type { ToolEnd, ToolSource } from '../../../protocols/mcp/index.ts'
import { SourceMaps } from '../../../source-maps/index.ts'
import { createLogger, logInvocation } from '../../../targets/node/index.ts'
import { bundleAgent } from '../../agent-bundle.ts'
import { buildOptions } from '../../build-options.ts'
import { fileVariables, folderOf } from '../../env-files.ts'
import { localRuntime } from '../../local-runtime.ts'
import type { ParsedArguments } from '../../verb.ts'
import { findTools } from '../../watching/index.ts'

/**
 * Builds and loads the agents at the paths, and the agents beside them that they may call. Those are no tools of the client.
 *
 * @throws {MayflyError} of a build, or of an agent that cannot be loaded
 */
export async function localTools(parsed: ParsedArguments): Promise<ToolSource & AsyncDisposable> {
  const { positionals: paths, values } = parsed
  const build = buildOptions(parsed)
  const variables = fileVariables(parsed, ['.', ...paths.map(folderOf)])
  const { siblings } = findTools([...paths], build.root)
  const [bundles, tools] = await Promise.all([
    Promise.all(paths.map((path) => bundleAgent(path, build))),
    Promise.all(siblings.map(({ path }) => bundleAgent(path, build))),
  ])
  const maps = new SourceMaps()
  const logger = createLogger('info')
  const { store } = values
  const runtime = localRuntime({
    logger,
    maps,
    store: typeof store === 'string' ? store : undefined,
    variables,
    onInvocation: (record) => logInvocation(logger, record, maps),
  })
  const agents: Agent[] = []
  try {
    for (const bundle of bundles) {
      const agent = await runtime.load(bundle)
      maps.keep(agent, bundle.sourceMap)
      agents.push(agent)
    }
    for (const tool of tools) maps.keep(await runtime.load(tool), tool.sourceMap)
  } catch (error) {
    await runtime.close()
    throw error
  }
  return {
    agents: () => functionsOf(agents),
    async call(name, functionName, input, { id, signal, startedAt }): Promise<ToolEnd> {
      const agent = agents.find((each) => each.name === name)
      if (agent === undefined) return { state: 'refused', reason: `no agent "${name}"` }
      try {
        return await callFunction(agent, functionName, input, {
          ...{ id, signal, startedAt },
          caller: 'embedder',
        })
      } catch (error) {
        if (!isMayflyError(error)) throw error
        // The client is the author: the line to add is for it as well.
        const { message, hint } = error
        return { state: 'refused', reason: hint === undefined ? message : `${message}. ${hint}` }
      }
    },
    [Symbol.asyncDispose]: () => runtime.close(),
  }
}
