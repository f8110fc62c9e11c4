/** Host names in requests of clients: names of a website must not lead to agents. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { ANSWER, END, HELLO, RESPONSE, service } from '../../../runtime/wasi/testing/service.ts'
import { startServer, type AgentBundle, type MayflyServer } from './index.ts'
import { bodyOf, statusOf, Wire } from './testing/wire.ts'

let agents: readonly AgentBundle[]
let local: MayflyServer
let named: MayflyServer

beforeAll(async () => {
  const component = new Uint8Array(await service(`${RESPONSE} ${ANSWER} ${HELLO} ${END}`))
  agents = [{ manifest: manifestFromObject({ name: 'hello' }), component, revision: '1' }]
  local = await start({})
  named = await start({ allowedHosts: ['Agents.Example', '[fd00::1]'] })
}, 60_000)

afterAll(async () => {
  await Promise.all([local?.close(), named?.close()])
})

function start(options: Partial<Parameters<typeof startServer>[0]>): Promise<MayflyServer> {
  return startServer({ agents, port: 0, workers: 1, logLevel: 'silent', ...options })
}

async function exchange(server: MayflyServer, head: string): Promise<string> {
  using wire = new Wire(server.url)
  wire.send(`${head}\r\nConnection: close\r\n\r\n`)
  return await wire.closed()
}

async function status(server: MayflyServer, host: string): Promise<number> {
  return statusOf(await exchange(server, `GET /hello HTTP/1.1\r\nHost: ${host}`))
}

describe('startServer() on loopback', () => {
  it.for([
    'localhost',
    'LocalHost:1',
    'localhost.',
    'shop.localhost',
    'shop.localhost.:8787',
    '127.0.0.1:8787',
    '127.9.9.9',
    '[::1]',
    '[::1]:8787',
    '[::ffff:7f00:1]',
  ])('answers to %s', async (host) => {
    expect(await status(local, host)).toBe(200)
  })

  it.for([
    'rebound.evil.test',
    'REBOUND.evil.test.:80',
    'localhost.evil.test',
    'evillocalhost',
    '127.0.0.1.evil.test',
    '192.168.1.1',
    '0.0.0.0',
    '[fd00::1]',
    'a',
  ])('does not answer to %s', async (host) => {
    const answer = await exchange(local, `GET /hello HTTP/1.1\r\nHost: ${host}`)
    expect([statusOf(answer), JSON.parse(bodyOf(answer))]).toEqual([
      403,
      {
        error:
          'requests to another name than that of this machine need --allow-host with that name',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    ])
  })

  it('goes by the host of a whole URL, with the header and without', async () => {
    const whole = (host: string, rest: string): string => `GET http://${host}/hello HTTP/1.${rest}`
    const withHeader = (host: string): string => whole(host, `1\r\nHost: ${host}`)
    expect(statusOf(await exchange(local, withHeader('localhost')))).toBe(200)
    expect(statusOf(await exchange(local, withHeader('evil.test')))).toBe(403)
    expect(statusOf(await exchange(local, whole('localhost', '0')))).toBe(200)
    expect(statusOf(await exchange(local, whole('evil.test', '0')))).toBe(403)
  })

  it('answers a request of HTTP/1.0 that names no host', async () => {
    expect(statusOf(await exchange(local, 'GET /hello HTTP/1.0'))).toBe(200)
  })

  it('answers to names that it is given, however they are written, and to no others', async () => {
    for (const host of ['agents.example', 'AGENTS.example.:8443', '[fd00::1]:80', 'localhost'])
      expect([host, await status(named, host)]).toEqual([host, 200])
    for (const host of ['example', 'more.agents.example', 'agents.example.evil.test'])
      expect([host, await status(named, host)]).toEqual([host, 403])
  })

  it('answers to every name with *', async () => {
    const server = await start({ allowedHosts: ['*'] })
    try {
      expect(await status(server, 'rebound.evil.test')).toBe(200)
    } finally {
      await server.close()
    }
  })

  it('is what a name of this machine stands for', async () => {
    const server = await start({ host: 'localhost' })
    try {
      expect(await status(server, 'rebound.evil.test')).toBe(403)
    } finally {
      await server.close()
    }
  })
})

describe('startServer() on another address', () => {
  it('answers to every name', async () => {
    const server = await start({ host: '0.0.0.0' })
    try {
      expect(await status(server, 'rebound.evil.test')).toBe(200)
    } finally {
      await server.close()
    }
  })
})
