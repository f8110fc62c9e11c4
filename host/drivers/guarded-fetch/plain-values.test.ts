/** `guardedFetch().exchange`: requests and replies of plain values, to a server on loopback. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  HttpRefusal,
  type HttpAsked,
  type HttpReply,
  type Network,
} from '../../../runtime/capabilities/http/index.ts'
import { guardedFetch } from './guarded-fetch.ts'

const LARGE = 100_000

describe('guardedFetch() with plain values', () => {
  let server: Server
  let port = 0

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { method, url, headers, socket } = request
      if (url === '/port') return response.end(String(socket.remotePort))
      if (url === '/echo') {
        response.write(`${headers['transfer-encoding']}: `)
        return request.pipe(response)
      }
      if (url === '/large') return response.end(Buffer.alloc(LARGE, 'x'))
      if (url === '/chunks') return void response.write('one ', () => response.end('two'))
      if (url === '/none') return response.writeHead(204).end()
      if (url === '/broken' || url === '/stalled') {
        response.writeHead(200, { 'content-length': 10 })
        return response.write('half', () => {
          if (url === '/broken') response.destroy()
        })
      }
      response.setHeader('Set-Cookie', ['a=1', 'b=2'])
      return response.end(`${method} ${headers['content-length']} ${headers['x-mine']}`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    ;({ port } = server.address() as AddressInfo)
  })

  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const driver = guardedFetch({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] })

  function ask(
    path: string,
    asked: Partial<HttpAsked> = {},
    network: Network = 'loopback',
    signal = new AbortController().signal,
  ) {
    const url = new URL(path, `http://name.test.:${port}`)
    const request = { method: 'GET', url, headers: [], body: new Uint8Array(0), ...asked }
    return Promise.resolve(driver.exchange?.(request, { agent: 'tester', network, signal }))
  }

  it('passes on headers and body, leaves the URL as it is, and has a small body whole', async () => {
    const url = new URL(`http://name.test.:${port}/`)
    const body = new TextEncoder().encode('four')
    const reply = await ask('/', { method: 'POST', url, headers: [['x-mine', '1']], body })
    expect(reply?.body).toEqual(new TextEncoder().encode('POST 4 1'))
    expect([...(reply?.headers ?? [])]).toEqual(
      expect.arrayContaining([
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ]),
    )
    expect(url.hostname).toBe('name.test.')
  })

  it('has a body that is large as a stream', async () => {
    const reply = await ask('/large')
    expect(reply?.body).toBeInstanceOf(ReadableStream)
    expect(await textOf(reply)).toBe('x'.repeat(LARGE))
  })

  it('has all of a body that comes in chunks', async () => {
    expect(await textOf(await ask('/chunks'))).toBe('one two')
  })

  it.each([
    ['of 204', '/none', 'GET'],
    ['to HEAD', '/', 'HEAD'],
  ])('has no body %s', async (_, path, method) => {
    expect(await ask(path, { method })).toMatchObject({ body: null })
  })

  it('has a small body that comes later than its head as a stream, which fails when it breaks off', async () => {
    const broken = await ask('/broken')
    expect(broken?.status).toBe(200)
    await expect(textOf(broken)).rejects.toThrow('aborted')
    const controller = new AbortController()
    const stalled = await ask('/stalled', {}, 'loopback', controller.signal)
    setTimeout(() => controller.abort(new Error('given up')), 20)
    await expect(textOf(stalled)).rejects.toThrow('abort')
  })

  it('uses its connection again after a body that was there with its head', async () => {
    const first = await ask('/port')
    expect(await textOf(first)).toMatch(/^[0-9]+$/)
    expect(await textOf(await ask('/port'))).toBe(await textOf(first))
  })

  it('sends a stream in chunks, and fails when it breaks off', async () => {
    const body = new Blob(['fo', 'ur']).stream()
    expect(await textOf(await ask('/echo', { method: 'POST', body }))).toBe('chunked: four')
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('gone')),
    })
    await expect(ask('/echo', { method: 'POST', body: broken })).rejects.toThrow('gone')
  })

  it('reaches no network that is not granted', async () => {
    await expect(ask('/', {}, 'public')).rejects.toThrow(HttpRefusal)
    await expect(ask('/', { url: new URL(`http://127.0.0.1:${port}/`) }, 'public')).rejects.toThrow(
      HttpRefusal,
    )
  })
})

function textOf(reply: Pick<HttpReply, 'body'> | undefined): Promise<string> {
  // The cast: bytes of Node's types may be shared.
  return new Response((reply?.body ?? null) as BodyInit | null).text()
}
