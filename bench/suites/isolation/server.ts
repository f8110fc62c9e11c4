/**
 * A host with a neighbour and hostile agents, in a separate process: `server.ts [NAME …]`.
 *
 * @module
 */
import { digestOf } from '../../../host/toolchain/index.ts'
import { startServer, type AgentBundle } from '../../../host/targets/node/index.ts'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { agentSubject } from '../agents/subjects/components.ts'
import { hostileAgents } from './hostile-agents.ts'

/** The message that it sends when it serves. */
export interface IsolationServerMessage {
  readonly url: string
  readonly neighbour: string
  readonly attackers: readonly { readonly name: string; readonly serves: boolean }[]
  /** Agents that did not load, so their attack ends there. */
  readonly refused: readonly string[]
}

// Longer than any window of the measurement, so that the client ends the attack.
const DEADLINE_MS = 10_000
const WORKERS = 2

const only = process.argv.slice(2)
const { manifest, component } = await agentSubject('fetch')
const hostile = await hostileAgents(only.length === 0 ? undefined : only)
const bundle = (
  named: AgentBundle['manifest'],
  bytes: Uint8Array,
  revision: string,
): AgentBundle => ({ manifest: named, component: new Uint8Array(bytes), revision })

const server = await startServer({
  agents: [
    bundle(manifest, component, digestOf(component)),
    ...hostile.map(({ name, component: bytes }) =>
      bundle(
        manifestFromObject({ name, limits: { deadlineMs: DEADLINE_MS } }),
        bytes,
        digestOf(bytes),
      ),
    ),
  ],
  port: 0,
  workers: WORKERS,
  logLevel: 'silent',
})
process.on('disconnect', () => void server.close().then(() => process.exit()))
// The neighbour is the first.
const refused = new Set(server.refused.map(({ index }) => hostile[index - 1]?.name ?? ''))
process.send?.({
  url: server.url,
  neighbour: manifest.name,
  attackers: hostile
    .filter(({ name }) => !refused.has(name))
    .map(({ name, serves }) => ({ name, serves })),
  refused: [...refused],
} satisfies IsolationServerMessage)
