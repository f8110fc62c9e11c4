/** `mayfly start`: builds and serves every agent of a folder of agents. What `npm start` runs. @module */

import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MayflyError } from '../../runtime/errors/index.ts'
import {
  bundleAgents,
  printAgents,
  serveUntilSignal,
  SERVING_OPTIONS,
  SERVING_USAGE,
  servingOptions,
} from './serving.ts'
import type { Verb } from './verb.ts'

export const start: Verb = {
  name: 'start',
  summary: 'Build and serve every agent in a folder of agents.',
  usage: `Usage: mayfly start [DIR] [options]

Serves DIR/*/agent.json. Default DIR: components. An agent that does not build or load is left out.

${SERVING_USAGE}`,
  options: SERVING_OPTIONS,
  async run(parsed) {
    const [directory = 'components'] = parsed.positionals
    const options = servingOptions(parsed)
    const folders = globSync('*/agent.json', { cwd: directory }).map(dirname).toSorted()
    if (folders.length === 0) {
      throw new MayflyError(
        'ERR_USAGE',
        `Cannot serve "${directory}": no folder in it has an agent.json`,
        { hint: 'mayfly new hello makes one' },
      )
    }
    const agents = await bundleAgents(folders.map((folder) => join(directory, folder)))
    if (agents.length === 0) return 1
    return serveUntilSignal({ ...options, agents }, printAgents)
  },
}
