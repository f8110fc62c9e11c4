/**
 * Writes a small data directory with the host of this checkout: `node write-data-directory.ts DIRECTORY`.
 *
 * `data-directory/` beside this file was written with it by an older host: `README.md` says which.
 *
 * @module
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { manifestFromObject } from '../../../../runtime/manifest/index.ts'
import { controlSocket, revisionOf, startServer, type AgentBundle } from '../index.ts'
import { ask, deploy, run, TALLY } from './components.ts'

async function tally(name: string): Promise<AgentBundle> {
  const component = new Uint8Array(await parse(TALLY))
  const kv = { notes: { access: 'write', maxUses: 3 }, seen: { access: 'write' } }
  const manifest = manifestFromObject({ name, component: 'agent.wasm', capabilities: { kv } })
  return { manifest, component, revision: revisionOf(manifest, component) }
}

const [, , directory] = process.argv
if (directory === undefined) throw new TypeError('node write-data-directory.ts DIRECTORY')
const options = { agents: [], port: 0, workers: 1, dataDirectory: directory } as const
const server = await startServer({ ...options, logLevel: 'error' })
const socketPath = controlSocket(directory) ?? ''
for (const name of ['tally', 'resting']) await deploy(server, await tally(name), socketPath)
await run(server, 'tally', 5)
const order = { method: 'POST', socketPath }
const revoke = JSON.stringify({ revoke: ['kv.seen'] })
await ask(`${server.url}/-/agents/tally/grants`, { ...order, body: revoke })
await ask(`${server.url}/-/agents/resting/disable`, order)
await server.close()
// It is a cache.
rmSync(join(directory, 'code'), { recursive: true, force: true })
