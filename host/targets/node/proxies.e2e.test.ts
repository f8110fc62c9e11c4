/** A host behind proxies, over sockets: the client that a proxy names, and no other. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeFiles } from '../../cli/testing/mayfly-process.ts'
import { buildAgent } from '../../toolchain/index.ts'
import { agentBundle, startServer, type MayflyServer } from './index.ts'
import { bodyOf, message, Wire } from './testing/wire.ts'

const AGENT = {
  'agent.json': JSON.stringify({ name: 'way', source: 'agent.ts' }),
  'agent.ts': `export default {
    fetch(request, { basePath, client }) {
      if (request.url.endsWith('/out')) return Response.redirect(new URL('/in', request.url))
      const headers = { 'set-cookie': 'a=1; Path=' + basePath }
      return Response.json([request.url, basePath, client.address], { headers })
    },
  }`,
}
const folder = mkdtempSync(join(tmpdir(), 'mayfly-proxies-'))
const servers: MayflyServer[] = []

beforeAll(async () => {
  const agents = [agentBundle(await buildAgent({ directory: writeFiles(folder, AGENT) }))]
  const options = { agents, port: 0, workers: 1, logLevel: 'silent', allowedHosts: ['*'] } as const
  for (const trustedProxies of [['127.0.0.0/8'], ['10.0.0.0/8']])
    servers.push(await startServer({ ...options, trustedProxies }))
}, 60_000)

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
  rmSync(folder, { recursive: true })
})

async function ask(server: MayflyServer | undefined, target: string): Promise<string> {
  using wire = new Wire(server?.url ?? '')
  const fields = [
    'X-Forwarded-For: 127.0.0.1, 203.0.113.9',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Prefix: /api',
    'Connection: close',
  ]
  wire.send(message('GET', target, fields))
  return await wire.closed()
}

it('has the client, the scheme and the path of a proxy that is trusted', async () => {
  const answer = await ask(servers[0], '/way/x?y')
  expect(JSON.parse(bodyOf(answer))).toEqual(['https://a/x?y', '/api/way', '203.0.113.9'])
  // The folder of the agent as browsers know it.
  expect(answer).toMatch(/^set-cookie: a=1; Path=\/api\/way\r$/im)
  expect(await ask(servers[0], '/way/out')).toMatch(/^location: \/api\/way\/in\r$/im)
})

it('has the other end of the connection where it is no trusted proxy', async () => {
  const answer = await ask(servers[1], '/way/x?y')
  expect(JSON.parse(bodyOf(answer))).toEqual(['http://a/x?y', '/way', '127.0.0.1'])
  expect(await ask(servers[1], '/way/out')).toMatch(/^location: \/way\/in\r$/im)
})

it('does not start with proxies that are no networks', async () => {
  const started = startServer({ agents: [], port: 0, trustedProxies: ['proxy.example'] })
  await expect(started).rejects.toMatchObject({ code: 'ERR_USAGE' })
})
