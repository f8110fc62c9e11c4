/** The servers of the audit case, each in a separate process: one worker, with the audit log or without. @module */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOf } from '../../../host/toolchain/index.ts'
import { startServer } from '../../../host/targets/node/index.ts'
import { agentSubject } from '../agents/subjects/components.ts'

process.on('message', () => process.send?.(process.cpuUsage()))

const { manifest, component } = await agentSubject('fetch')
const dataDirectory = mkdtempSync(join(tmpdir(), 'mayfly-bench-data-'))
const { url, close } = await startServer({
  agents: [{ manifest, component: new Uint8Array(component), revision: digestOf(component) }],
  port: 0,
  workers: 1,
  dataDirectory,
  audit: process.argv[2] === 'on' ? 'on' : 'off',
  logLevel: 'error',
})
process.on('disconnect', async () => {
  await close()
  rmSync(dataDirectory, { recursive: true })
  process.exit()
})
process.send?.(url)
