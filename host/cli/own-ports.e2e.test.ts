/**
 * An agent that is granted this machine, and tries to drive the host it runs on. Its rules grant even these ports, so
 * that only the dialer can deny it.
 *
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from '../drivers/redis-kv/testing/redis-server.ts'
import { serving, writeFiles, type Serving } from './testing/mayfly-process.ts'

const DRIVER = `
  export default {
    async fetch(request) {
      const { searchParams } = new URL(request.url)
      try {
        const response = await fetch(searchParams.get('url'), { method: searchParams.get('method') })
        return new Response(response.status + ' ' + await response.text())
      } catch (error) {
        return new Response(error.code)
      }
    },
  }
`
const VICTIM = `export default { fetch: () => new Response('served') }`

// Answers, or redirects to the address in the request.
const neighbour = createServer(({ url = '/' }, response) => {
  const location = new URL(url, 'http://any').searchParams.get('to')
  if (location === null) response.end('neighbour')
  else response.writeHead(307, { location }).end()
})

let folder = ''
let dataPort = 0
let controlPort = 0
let neighbourPort = 0
let host: Serving

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-own-ports-'))
  ;[dataPort, controlPort] = [await freePort(), await freePort()]
  await new Promise<void>((resolve) => neighbour.listen(0, '127.0.0.1', resolve))
  neighbourPort = (neighbour.address() as AddressInfo).port
  const rule = {
    scheme: 'http',
    port: [dataPort, controlPort, neighbourPort],
    methods: ['GET', 'POST'],
    network: 'loopback',
  }
  const hosts = ['127.0.0.1', '127.0.0.2', '::1', '::ffff:7f00:1', 'localhost']
  writeFiles(folder, {
    'driver/agent.json': {
      name: 'driver',
      source: 'agent.js',
      capabilities: { http: hosts.map((host) => ({ host, ...rule })) },
    },
    'driver/agent.js': DRIVER,
    'victim/agent.json': { name: 'victim', source: 'agent.js' },
    'victim/agent.js': VICTIM,
  })
  const ports = ['--port', String(dataPort), '--control-port', String(controlPort)]
  host = await serving(['start', folder, ...ports, '--workers', '2'], { cwd: folder })
}, 120_000)

afterAll(async () => {
  neighbour.close()
  await host?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

async function drive(url: string, method = 'POST'): Promise<string> {
  const query = new URLSearchParams({ url, method })
  // A new connection for each: any of the workers may answer.
  const init = { headers: { connection: 'close' } }
  return (await fetch(`${host.url}/driver?${query}`, init)).text()
}

describe('an agent that is granted loopback', () => {
  it('reaches a neighbour of the host', async () => {
    expect(await drive(`http://127.0.0.1:${neighbourPort}/`, 'GET')).toBe('200 neighbour')
  })

  it.each(['127.0.0.1', '127.0.0.2', '127.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost'])(
    'reaches neither control plane nor agents of its host at %s',
    async (name) => {
      for (const port of [dataPort, controlPort]) {
        expect(await drive(`http://${name}:${port}/-/agents/victim/disable`)).toBe('denied')
        expect(await drive(`http://${name}:${port}/victim`, 'GET')).toBe('denied')
      }
      expect(await (await fetch(`${host.url}/victim`)).text()).toBe('served')
    },
  )

  it('is not taken there by a redirect, and its operator reads why', async () => {
    const to = `http://localhost:${controlPort}/-/agents/victim/disable`
    const query = new URLSearchParams({ to })
    expect(await drive(`http://127.0.0.1:${neighbourPort}/?${query}`)).toBe('denied')
    expect(await (await fetch(`${host.url}/victim`)).text()).toBe('served')
    const denials = await vi.waitUntil(() => {
      const lines = host.output().split('\n')
      const found = lines.filter((line) => line.includes(`"localhost:${controlPort}"`))
      return found.length > 0 && found.map((line) => JSON.parse(line))
    })
    expect(denials.at(-1)).toMatchObject({
      event: 'capability',
      agent: 'driver',
      result: 'denied',
      hint: `Cannot connect to "localhost", port ${controlPort}: the control plane of this host is there, which no agent may reach`,
    })
  })
})
