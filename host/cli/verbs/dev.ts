/**
 * `mayfly dev`: serves agents while they are written, and builds them again when an input of their builds changes.
 *
 * @module
 */

import { buildOptions } from '../build-options.ts'
import { fileVariables, folderOf } from '../env-files.ts'
import { SERVING_OPTIONS, SERVING_USAGE, servingOptions } from '../serving.ts'
import type { Verb } from '../verb.ts'
import { serveWatched } from '../watching/index.ts'

export const verb: Verb = {
  name: 'dev',
  summary: 'Serve agents and build them again when their files change.',
  usage: `Usage: mayfly dev [PATH...] [options]

PATH is a folder with an agent.json, a component (.wasm), or a folder of agents: of folders with an agent.json. Default:
the current folder. Agents that these may call, their tools, are served as well when they are in folders beside them.

An agent is built again when a file changes that its build read, wherever it is, or one appears that it would read. What
does not build stays as it was: programs get the version before, and a browser shows the error. On an address of loopback,
an answer with status 500 or above says why the agent failed, with its stack. What agents gain while they are written
needs no --allow-new-capabilities. Variables are read from .env and .env.local of the current folder, then of the folders
that are given, then from --env-file. After a change of these files press r. Where an agent has a tsconfig.json or a
mayfly-env.d.ts, that file is kept as mayfly types writes it.

On a terminal, keys: r starts again with the variables of now, o opens a browser, p prints another link to the page, l changes the log level, k clears the
key-value stores, q or Ctrl-C ends within a second, ? shows them.

${SERVING_USAGE}`,
  options: SERVING_OPTIONS,
  run(parsed) {
    const paths = parsed.positionals.length === 0 ? ['.'] : parsed.positionals
    return serveWatched({
      paths,
      verb: 'dev',
      // One worker unless asked for: a rebuild then loads once.
      // The author of an agent approves its grants by writing them in agent.json.
      server: {
        workers: 1,
        ...servingOptions(parsed),
        allowNewCapabilities: true,
        showFailures: true,
      },
      readVariables: () => fileVariables(parsed, ['.', ...paths.map(folderOf)]),
      build: buildOptions(parsed),
      addsTools: true,
      writesTypes: true,
    })
  },
}
