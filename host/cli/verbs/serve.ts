/** `mayfly serve`: serves agents from folders or built components. @module */

import { MayflyError } from '../../../runtime/errors/index.ts'
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

export const verb: Verb = {
  name: 'serve',
  summary: 'Serve agents over HTTP.',
  usage: `Usage: mayfly serve PATH... [options]

PATH is a folder with an agent.json, or a component (.wasm). That is granted
what an agent.json beside it says that names it as its component, or has its name; else nothing.
An agent that does not build or load is left out.

${SERVING_USAGE}`,
  options: SERVING_OPTIONS,
  async run(parsed) {
    if (parsed.positionals.length === 0) {
      throw new MayflyError('ERR_USAGE', 'Cannot serve nothing: no path given', {
        hint: 'mayfly serve DIR, where DIR has an agent.json',
      })
    }
    const options = servingOptions(parsed)
    const agents = await bundleAgents(parsed.positionals, parsed)
    if (agents.length === 0) return 1
    return serveUntilSignal({ ...options, agents, warmUp: WARM_UP }, printAgents)
  },
}
