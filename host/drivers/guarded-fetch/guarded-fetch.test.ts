import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Network } from '../../../runtime/manifest/index.ts'
import { networkOf } from './address.ts'
import { setTrailers, trailersOf } from '../../../runtime/host-module/index.ts'
import { guardedFetch } from './guarded-fetch.ts'

describe('networkOf()', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.9.9.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::127.0.0.1', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd12::1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['2002:7f00:1::', 'loopback'],
    ['2002:a00:1::5', 'private'],
    ['0.0.0.0', 'reserved'],
    ['::', 'reserved'],
    ['169.254.169.254', 'reserved'],
    ['::ffff:169.254.169.254', 'reserved'],
    ['100.100.100.200', 'reserved'],
    ['168.63.129.16', 'reserved'],
    ['fd00:ec2::254', 'reserved'],
    ['fd00:c1::a9fe:a9fe', 'reserved'],
    ['fd00:42::42', 'reserved'],
    ['fe80::1', 'reserved'],
    ['fe80::1%eth0', 'reserved'],
    ['fec0::1', 'reserved'],
    ['ff02::1', 'reserved'],
    ['224.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['2001:db8::1', 'reserved'],
    ['2001::1', 'reserved'],
    ['not an address', 'reserved'],
  ])('puts %s into %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

describe('guardedFetch()', () => {
  let server: Server
  let port = 0

  beforeAll(async () => {
    server = createServer((request, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2'])
      if (request.url === '/moved') response.writeHead(302, { location: '/' })
      request.pipe(response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    ;({ port } = server.address() as AddressInfo)
  })

  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const signal = new AbortController().signal

  function get(url: string, network: Network, init: RequestInit = {}): Promise<Response> {
    const driver = guardedFetch({
      resolve: async (hostname) => {
        if (hostname === 'mixed.test') return [...PUBLIC, ...LOOPBACK]
        return LOOPBACK
      },
    })
    return driver.fetch(new Request(url, init), { agent: 'tester', signal, network })
  }

  it('reaches loopback when that is granted, and passes on body and headers', async () => {
    const response = await get(`http://name.test:${port}/`, 'loopback', {
      method: 'POST',
      body: 'hello',
    })
    expect(await response.text()).toBe('hello')
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it('passes trailers on, both ways, and names te in connection', async () => {
    const seen = Promise.withResolvers<unknown>()
    const trailing = createServer((incoming, answer) => {
      incoming.resume().on('end', () => {
        const { headers, trailers } = incoming
        seen.resolve([headers.te, headers.connection, trailers])
        answer.write('body')
        answer.addTrailers({ 'X-Sum': '42' })
        answer.end()
      })
    })
    await new Promise<void>((resolve) => trailing.listen(0, '127.0.0.1', resolve))
    try {
      const url = `http://127.0.0.1:${(trailing.address() as AddressInfo).port}/`
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new Uint8Array(3))
          controller.close()
        },
      })
      const headers = { te: 'trailers', trailer: 'x-mine' }
      const init: RequestInit & { duplex: 'half' } = {
        method: 'POST',
        body,
        headers,
        duplex: 'half',
      }
      const request = new Request(url, init)
      setTrailers(request, Promise.resolve(new Headers({ 'x-mine': '1' })))
      const response = await guardedFetch().fetch(request, {
        signal,
        network: 'loopback',
        agent: 'tester',
      })
      expect(await response.text()).toBe('body')
      expect(Object.fromEntries((await trailersOf(response)) ?? [])).toEqual({ 'x-sum': '42' })
      expect(await seen.promise).toEqual(['trailers', 'keep-alive, te', { 'x-mine': '1' }])
    } finally {
      trailing.closeAllConnections()
      trailing.close()
    }
  })

  it('says that there are no trailers when the body breaks off', async () => {
    const breaking = createServer((_, answer) => {
      answer.write('half')
      answer.addTrailers({ 'x-sum': '42' })
      setImmediate(() => answer.destroy())
    })
    await new Promise<void>((resolve) => breaking.listen(0, '127.0.0.1', resolve))
    try {
      const response = await get(
        `http://127.0.0.1:${(breaking.address() as AddressInfo).port}/`,
        'loopback',
      )
      await expect(response.text()).rejects.toThrow()
      await expect(trailersOf(response)).rejects.toThrow('broke off')
    } finally {
      breaking.close()
    }
  })

  it.each([
    'http://127.0.0.1',
    'http://2130706433',
    'http://0x7f.1',
    'http://0177.0.0.1',
    'http://127.1',
    'http://127.0.0.1.',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://name.test',
    'http://mixed.test',
  ])('refuses %s without a grant for loopback', async (origin) => {
    await expect(get(`${origin}:${port}/`, 'public')).rejects.toMatchObject({
      name: 'HttpRefusal',
      network: 'loopback',
    })
    await expect(get(`${origin}:${port}/`, 'private')).rejects.toMatchObject({
      name: 'HttpRefusal',
    })
  })

  it('offers no grant for reserved addresses', async () => {
    await expect(get('http://169.254.169.254/', 'private')).rejects.toMatchObject({
      name: 'HttpRefusal',
      network: undefined,
    })
  })

  it('does not follow redirects', async () => {
    const response = await get(`http://127.0.0.1:${port}/moved`, 'loopback')
    expect([response.status, response.headers.get('location')]).toEqual([302, '/'])
    await response.body?.cancel()
  })
})

const PUBLIC = [{ address: '93.184.216.34', family: 4 }]
const LOOPBACK = [{ address: '127.0.0.1', family: 4 }]
