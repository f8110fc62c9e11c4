/**
 * The host of the control cases, in a separate process. On request it deploys its agent again, so that a revoked grant
 * is back.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { controlSocket, startServer, type AgentBundle } from '../../../host/targets/node/index.ts'
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
  let version = 0
  const agents = (): AgentBundle[] => {
    version++
    // Another policy, which is approved and loaded anew.
    const limits = { ...granted.limits, logBytes: granted.limits.logBytes + version }
    const revision = `version ${version}`
    return [{ manifest: { ...granted, limits }, component: new Uint8Array(component), revision }]
  }
  const dataDirectory = mkdtempSync(join(tmpdir(), 'mayfly-bench-data-'))
  const server = await startServer({
    agents: agents(),
    port: 0,
    dataDirectory,
    allowNewCapabilities: true,
    logLevel: 'silent',
  })
  process.on('message', async () => {
    await server.deploy(agents())
    process.send?.('deployed')
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
