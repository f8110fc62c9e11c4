/**
 * The host of the control cases, in a separate process.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { controlSocket, revisionOf, startServer } from '../../../host/targets/node/index.ts'
import { capabilitySubject } from './subjects/agents.ts'

/** The message that it sends when it is ready. */
export interface ControlServerMessage {
  readonly url: string
  readonly socketPath: string
}

if (process.argv[1] === import.meta.filename) await main(Number(process.argv[2]))

async function main(upstreamPort: number): Promise<void> {
  const { manifest, component } = await capabilitySubject('controlled')
  const { http = [], ...capabilities } = manifest.capabilities
  const granted = {
    ...manifest,
    capabilities: {
      ...capabilities,
      http: http.map((rule) => ({ ...rule, port: [upstreamPort] })),
    },
  }
  const bytes = new Uint8Array(component)
  const agents = [{ manifest: granted, component: bytes, revision: revisionOf(granted, bytes) }]
  const dataDirectory = mkdtempSync(join(tmpdir(), 'mayfly-bench-data-'))
  const server = await startServer({
    agents,
    port: 0,
    dataDirectory,
    logLevel: 'silent',
  })
  process.on('disconnect', async () => {
    await server.close()
    rmSync(dataDirectory, { recursive: true })
    process.exit()
  })
  const message: ControlServerMessage = {
    url: server.url,
    socketPath: controlSocket(dataDirectory) ?? '',
  }
  process.send?.(message)
}
