/** All workers of a host count the requests of a client together. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { revisionOf, startServer, type MayflyServer } from './index.ts'
import { ask, component, run } from './testing/components.ts'

let server: MayflyServer

beforeAll(async () => {
  const bytes = new Uint8Array(await component({}))
  const agents = [{ requests: 5, perMs: 86_400_000 }, undefined].map((rateLimit, index) => {
    const name = `agent-${index}`
    const manifest = manifestFromObject({ name, component: 'agent.wasm', rateLimit })
    return { manifest, component: bytes, revision: revisionOf(manifest, bytes) }
  })
  server = await startServer({ agents, port: 0, workers: 2, logLevel: 'silent' })
}, 60_000)

afterAll(() => server?.close())

/** How many of requests on connections of their own are answered with 429. */
async function refused(agent: string, count: number): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: count }, () => ask(`${server.url}/${agent}/`)),
  )
  return answers.filter(({ status }) => status === 429).length
}

describe('rateLimit of an agent', () => {
  it('holds for all workers together, and for no other agent', async () => {
    expect(await refused('agent-0', 24)).toBe(19)
    expect(await refused('agent-0', 6)).toBe(6)
    expect(await refused('agent-1', 24)).toBe(0)
    // Who may call functions is decided elsewhere.
    expect((await run(server, 'agent-0')).status).toBe(200)
  })
})
