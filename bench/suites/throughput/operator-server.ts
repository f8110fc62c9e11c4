/**
 * A host with the page of the operator, in a separate process. It answers `link` with a link to the page, and any other
 * message with its processor time.
 *
 * @module
 */
import { digestOf } from '../../../host/toolchain/index.ts'
import { startServer } from '../../../host/targets/node/index.ts'
import { agentSubject } from '../agents/subjects/components.ts'

// Longer than the measurement, so that the button ends the calls.
const DEADLINE_MS = 60_000
const WORKERS = 2

const built = await Promise.all((['hundred', 'looping'] as const).map(agentSubject))
const server = await startServer({
  agents: built.map(({ manifest, component }) => ({
    manifest: { ...manifest, limits: { ...manifest.limits, deadlineMs: DEADLINE_MS } },
    component: new Uint8Array(component),
    revision: digestOf(component),
  })),
  port: 0,
  controlPort: 'next',
  workers: WORKERS,
  logLevel: 'silent',
})
process.on('message', (message) =>
  process.send?.(message === 'link' ? server.pageLink() : process.cpuUsage()),
)
process.on('disconnect', () => void server.close({ withinMs: 0 }).then(() => process.exit()))
process.send?.(server.url)
