/** `mayfly start`: builds and serves every agent of a folder of agents. `npm start` runs it. @module */

import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isMayflyError, MayflyError } from '../../../runtime/errors/index.ts'
import { loadManifest } from '../../toolchain/index.ts'
import { buildOptions } from '../build-options.ts'
import { fileVariables } from '../env-files.ts'
import { printAgents } from '../print-agents.ts'
import {
  bundleAgents,
  SERVING_OPTIONS,
  SERVING_USAGE,
  servingOptions,
  WARM_UP,
} from '../serving.ts'
import { serveUntilSignal } from '../serve-until-signal.ts'
import type { Verb } from '../verb.ts'
import { checkTools } from '../watching/index.ts'

const EXAMPLES = 'components/examples'

export const verb: Verb = {
  name: 'start',
  summary: 'Build and serve every agent in a folder of agents.',
  usage: `Usage: mayfly start [DIR] [options]

Serves DIR/*/agent.json. Default DIR: components/examples, but for those on StarlingMonkey, which take long to build.
An agent that does not build or load is left out. Variables are read from .env and .env.local of the
current folder, then from --env-file. Folders of agents have none: all agents of a host may name the same variables.

${SERVING_USAGE}`,
  options: SERVING_OPTIONS,
  async run(parsed) {
    const [named] = parsed.positionals
    const directory = named ?? EXAMPLES
    const options = { ...servingOptions(parsed), variables: fileVariables(parsed, ['.']) }
    const folders = globSync('*/agent.json', { cwd: directory }).map(dirname).toSorted()
    if (folders.length === 0) {
      throw new MayflyError(
        'ERR_USAGE',
        `Cannot serve "${directory}": no folder in it has an agent.json`,
        { hint: 'mayfly new hello makes one' },
      )
    }
    // A person who names the folder gets all its agents. A first try without a name leaves out agents that build slowly.
    const quick = folders.filter((folder) => !isSlow(join(directory, folder)))
    const chosen = named === undefined && quick.length > 0 ? quick : folders
    const agents = await bundleAgents(
      chosen.map((folder) => join(directory, folder)),
      parsed,
    )
    if (agents.length === 0) return 1
    return serveUntilSignal({ ...options, agents, warmUp: WARM_UP }, (server) => {
      const paths = chosen.map((folder) => join(directory, folder))
      checkTools(server, { paths, verb: 'start', ...buildOptions(parsed) })
      printAgents(server)
      const left = folders.filter((folder) => !chosen.includes(folder))
      if (left.length === 0) return
      console.log(
        `Left out: ${left.join(', ')}, slow to build. All: npx mayfly start ${directory}\n`,
      )
    })
  },
}

/** StarlingMonkey runs a whole engine at build time to make 13 MB: as long as the other examples together. */
function isSlow(path: string): boolean {
  try {
    return loadManifest(path).manifest.engine === 'starlingmonkey'
  } catch (error) {
    // The build reports the error.
    if (isMayflyError(error)) return false
    throw error
  }
}
