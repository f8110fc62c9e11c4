/** `mayfly serve`: serves agents from folders or built components. @module */

import { MayflyError } from '../../../runtime/errors/index.ts'
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
import { checkTools, serveWatched } from '../watching/index.ts'

export const verb: Verb = {
  name: 'serve',
  summary: 'Serve agents over HTTP.',
  usage: `Usage: mayfly serve PATH... [options]

PATH is a folder with an agent.json, or a component (.wasm). That is granted
what an agent.json beside it says that names it as its component, or has its name; else nothing.
An agent that does not build or load is left out. An agent that another may call, its tool, must be given as well.
Variables come from the environment and --env-file; no .env of a folder is read, so that what a host gets does not depend
on where it is started.

  --watch             Build an agent again when an input of its build changes, and serve it. An agent that does not
                      build stays as it was. PATH may be a folder of agents then
${SERVING_USAGE}`,
  options: { watch: { type: 'boolean' }, ...SERVING_OPTIONS },
  async run(parsed) {
    if (parsed.positionals.length === 0) {
      throw new MayflyError('ERR_USAGE', 'Cannot serve nothing: no path given', {
        hint: 'mayfly serve DIR, where DIR has an agent.json',
      })
    }
    const options = servingOptions(parsed)
    const readVariables = (): Readonly<Record<string, string>> => fileVariables(parsed, [])
    if (parsed.values['watch'] === true) {
      return serveWatched({
        paths: parsed.positionals,
        verb: 'serve',
        server: { ...options, warmUp: WARM_UP },
        readVariables,
        build: buildOptions(parsed),
        addsTools: false,
        writesTypes: false,
      })
    }
    const variables = readVariables()
    const agents = await bundleAgents(parsed.positionals, parsed)
    if (agents.length === 0) return 1
    return serveUntilSignal({ ...options, variables, agents, warmUp: WARM_UP }, (server) => {
      checkTools(server, { paths: parsed.positionals, verb: 'serve', ...buildOptions(parsed) })
      printAgents(server)
    })
  },
}
