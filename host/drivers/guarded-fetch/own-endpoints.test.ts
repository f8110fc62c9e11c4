import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Network } from '../../../runtime/manifest/index.ts'
import { canonicalAddress, networkOf } from './address.ts'
import { guardedFetch } from './guarded-fetch.ts'
import type { OwnEndpoint } from './own-endpoints.ts'

// On all addresses of this machine, as a host that others reach is.
const own = createServer((_, response) => response.end('own'))
const other = createServer((_, response) => response.end('other'))
let ownPort = 0
let otherPort = 0

beforeAll(async () => {
  ownPort = await listening(own)
  otherPort = await listening(other)
})

afterAll(() => {
  for (const server of [own, other]) {
    server.closeAllConnections()
    server.close()
  }
})

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, resolve))
  return (server.address() as AddressInfo).port
}

const NAMES: Readonly<Record<string, string>> = {
  'local.test': '127.0.0.1',
  'six.test': '::1',
  'mapped.test': '::ffff:127.0.0.1',
  'store.test': '10.255.255.1',
  'alias.test': '10.255.255.1',
  'elsewhere.test': '10.255.255.2',
}

/** The answer, or why there is none. */
async function get(
  url: string,
  network: Network,
  endpoints: readonly OwnEndpoint[] = [{ name: 'data plane', host: '127.0.0.1', port: ownPort }],
): Promise<string> {
  const driver = guardedFetch({
    ownEndpoints: endpoints,
    resolve: async (name) => {
      const address = NAMES[name]
      if (address === undefined) throw new Error('no such name')
      return [{ address, family: address.includes(':') ? 6 : 4 }]
    },
  })
  const { signal } = new AbortController()
  try {
    return await (await driver.fetch(new Request(url), { signal, network, agent: 'tester' })).text()
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : 'failed'
  }
}

const SPELLINGS = [
  '127.0.0.1',
  '127.0.0.1.',
  '127.1',
  '2130706433',
  '0x7f.1',
  '0177.0.0.1',
  '127.9.8.7',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  'local.test',
  'local.test.',
  'LOCAL.test',
  'six.test',
  'mapped.test',
]
// Addresses of this machine beside loopback; a sandbox without a network has none.
const LAN = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .filter(({ internal, scopeid = 0 }) => !internal && scopeid === 0)
  .map(({ address }) => canonicalAddress(address) ?? '')
  .filter((address) => ['private', 'public'].includes(networkOf(address)))

describe('guardedFetch() with ownEndpoints', () => {
  it.each(SPELLINGS)('refuses the port of the host at %s, and no other', async (host) => {
    const url = `http://${host}:${ownPort}/`
    expect(await get(url, 'loopback')).toMatch(
      new RegExp(
        `^HttpRefusal: Cannot connect to ".*", port ${ownPort}: the data plane of this host`,
      ),
    )
    const answer = await get(`http://${host}:${otherPort}/`, 'loopback')
    // Some systems dial ::127.0.0.1, a form that is not in use, and some do not.
    if (host !== '[::127.0.0.1]') expect(answer).toBe('other')
    expect(answer).not.toContain('HttpRefusal')
  })

  it.each(['0.0.0.0', '[::]', '0', '[::ffff:0.0.0.0]'])('refuses %s at any port', async (host) => {
    for (const port of [ownPort, otherPort]) {
      expect(await get(`http://${host}:${port}/`, 'loopback')).toContain('HttpRefusal')
    }
  })

  it.each(['127.0.0.1', '0.0.0.0', '::', '::1', 'local.test', 'unknown.test'])(
    'refuses every address of this machine, where the host is bound to %s',
    async (host) => {
      const endpoints = [{ name: 'control plane', host, port: ownPort }]
      const lan = LAN.map((address) => (address.includes(':') ? `[${address}]` : address))
      const answers = [
        await get(`http://127.0.0.1:${ownPort}/`, 'loopback', endpoints),
        ...(await Promise.all(
          lan.map((address) => get(`http://${address}:${ownPort}/`, 'private', endpoints)),
        )),
      ]
      for (const answer of answers) expect(answer).toContain('the control plane of this host')
    },
  )

  it('refuses a server of the host on another machine, by its name and its address', async () => {
    const endpoints = [{ name: 'key-value server', host: 'store.test', port: otherPort }]
    for (const host of ['store.test', 'alias.test', '10.255.255.1']) {
      const answer = await get(`http://${host}:${otherPort}/`, 'private', endpoints)
      expect(answer).toContain('the key-value server of this host')
    }
    expect(await get(`http://local.test:${otherPort}/`, 'loopback', endpoints)).toBe('other')
    expect(await get(`http://local.test:${ownPort}/`, 'loopback', endpoints)).toBe('own')
  })

  it('refuses each of several ports, the default one of a scheme as well', async () => {
    const endpoints = [ownPort, otherPort, 80, 443].map((port) => ({
      name: `port ${port}`,
      host: '127.0.0.1',
      port,
    }))
    const urls = [`http://127.0.0.1:${ownPort}`, `http://local.test:${otherPort}`]
    for (const url of [...urls, 'http://local.test', 'https://127.0.0.1', 'https://local.test']) {
      expect(await get(url, 'loopback', endpoints)).toContain('HttpRefusal')
    }
  })
})
