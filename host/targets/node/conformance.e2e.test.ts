import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { writeFiles } from '../../cli/testing/mayfly-process.ts'
import { buildAgent } from '../../toolchain/index.ts'
import { CONFORMANCE_AGENT, TARGET_CONFORMANCE } from '../conformance.ts'
import {
  ISOLATION_LEVELS,
  revisionOf,
  startServer,
  type AgentBundle,
  type MayflyServer,
} from './index.ts'

const TOKEN = 'of-the-operator'

const folder = mkdtempSync(join(tmpdir(), 'mayfly-conformance-'))
let probe: AgentBundle

beforeAll(async () => {
  const directory = writeFiles(join(folder, 'probe'), CONFORMANCE_AGENT)
  const { manifest, component } = await buildAgent({ directory })
  const bytes = new Uint8Array(component)
  probe = { manifest, component: bytes, revision: revisionOf(manifest, bytes) }
}, 60_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(ISOLATION_LEVELS)('the target Node with --isolate %s', (isolate) => {
  let server: MayflyServer

  beforeAll(async () => {
    server = await startServer({
      agents: [probe],
      port: 0,
      workers: isolate === 'none' ? 2 : 1,
      controlToken: TOKEN,
      dataDirectory: join(folder, isolate),
      logLevel: 'silent',
      isolate,
    })
  }, 60_000)

  afterAll(() => server?.close())

  it.each(TARGET_CONFORMANCE)('$name', ({ run }) =>
    run({
      ask: (path, init) => fetch(server.url + path, init),
      control: (path, init) =>
        fetch(server.url + path, { ...init, headers: { authorization: `Bearer ${TOKEN}` } }),
    }),
  )
})
