/**
 * `mayfly mcp`: exported functions as tools for a client of the Model Context Protocol that starts it.
 *
 * Stdout is the protocol. Everything else goes to stderr, which clients keep as a log.
 *
 * @module
 */

import { setTimeout as wait } from 'node:timers/promises'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { mcpServer, type ToolSource } from '../../../protocols/mcp/index.ts'
import { readPackageVersion } from '../../../version/index.ts'
import { HOST_OPTIONS, HOST_USAGE } from '../../ask-host.ts'
import { BUILD_OPTIONS, BUILD_USAGE } from '../../build-options.ts'
import { ENV_OPTIONS, ENV_USAGE } from '../../env-files.ts'
import { printError } from '../../print-error.ts'
import type { Verb } from '../../verb.ts'
import { hostTools } from './host-tools.ts'
import { localTools } from './local-tools.ts'

// A deploy is seen this soon. Asking takes a millisecond of the host.
const LOOK_MS = 2_000

export const verb: Verb = {
  name: 'mcp',
  summary: 'Offer exported functions as MCP tools over stdin and stdout.',
  usage: `Usage: mayfly mcp [PATH...] [options]

An MCP client starts it. Its tools are the functions that agents export: those of the running host or, with
PATHs, those of these agents, in this process. A PATH is a folder with an agent.json, or a component (.wasm).

  --store DIR           With PATHs: directory of stores and files. Default: in memory
${ENV_USAGE}
${BUILD_USAGE}
${HOST_USAGE}

A host offers the same over HTTP, at /-/mcp of the port where its agents answer; that address is a --url as well.

Example, in the configuration of a client:
  { "mcpServers": { "mayfly": { "command": "npx", "args": ["mayfly", "mcp", "components/examples/planner"] } } }`,
  options: {
    store: { type: 'string' },
    ...ENV_OPTIONS,
    ...BUILD_OPTIONS,
    ...HOST_OPTIONS,
  },
  async run(parsed) {
    await using tools =
      parsed.positionals.length > 0 ? await localTools(parsed) : await hostTools(parsed)
    const ended = new AbortController()
    const signals = ['SIGINT', 'SIGTERM'] as const
    for (const signal of signals) process.once(signal, () => ended.abort())
    process.stdin.once('end', () => ended.abort())
    // A client that has gone: no failure.
    process.stdout.once('error', () => ended.abort())
    const version = readPackageVersion()
    const servers = new Set<ReturnType<typeof mcpServer>>()
    const connection = serveStdio(
      () => {
        const server = mcpServer({ source: tools, version, tellsChanges: true })
        servers.add(server)
        return server
      },
      { onerror: printError },
    )
    await look(tools, ended.signal, async () => {
      // One that was for a question alone is closed by now, and cannot be told.
      await Promise.allSettled([...servers].map((server) => server.sendToolListChanged()))
    })
    await connection.close()
    return 0
  },
}

/** Until it ends: tells when the list of tools is another than before. */
async function look(
  tools: ToolSource,
  signal: AbortSignal,
  tell: () => Promise<void>,
): Promise<void> {
  let known: string | undefined
  while (!signal.aborted) {
    const list = await listOf(tools)
    if (known !== undefined && list !== undefined && list !== known) await tell()
    known = list ?? known
    await wait(LOOK_MS, undefined, { signal }).catch(() => {})
  }
}

/** Nothing while the host is not there: it comes back, and a client that calls learns of it. */
async function listOf(tools: ToolSource): Promise<string | undefined> {
  try {
    return JSON.stringify(await tools.agents())
  } catch {
    return undefined
  }
}
