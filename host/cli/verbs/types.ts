/**
 * `mayfly types`: the grants of agents as types.
 *
 * @module
 */
import { relative } from 'node:path'
import { TYPES_FILE, refreshTypes } from '../agent-types.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  name: 'types',
  summary: 'Write what agent.json grants as types, for TypeScript.',
  usage: `Usage: mayfly types [<agent>...] [--check]

Writes ${TYPES_FILE} beside agent.json of each <agent>, a folder; default: this folder. With it
env.kv.open, env.config, env.tools.call and env.secrets take only names that agent.json grants.
A store that is granted for reading has no methods that write. If the source of a tool, in a folder
beside this one, exports the types Input and Output, calls of it take the one and give the other.

Commit the file, or write it before each build. The tsconfig.json of an agent has to include it.

Options:
  --check  write nothing; exit with 1 if a file is missing or not what agent.json makes

Example:
  mayfly types agents/*
`,
  options: { check: { type: 'boolean' } },
  async run({ values, positionals }) {
    const check = values['check'] === true
    const agents = positionals.length === 0 ? ['.'] : positionals
    const stale = agents
      .map((agent) => refreshTypes(agent, { check }))
      .filter(({ wasStale }) => wasStale)
      .map(({ file }) => relative(process.cwd(), file))
    for (const file of stale) {
      if (check) console.error(`mayfly: ${file} is not what agent.json makes: run mayfly types`)
      else console.log(file)
    }
    return check && stale.length > 0 ? 1 : 0
  },
}
