/** `guardedFetch().exchange`: requests and replies of plain values, to a server on loopback. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  HttpRefusal,
  type HttpAsked,
  type Network,
} from '../../../runtime/capabilities/http/index.ts'
import { guardedFetch } from './guarded-fetch.ts'

const LARGE = 100_000

describe('guardedFetch() with plain values', () => {
  let server: Server
  let port = 0

  beforeAll(async () => {
    server = createServer(({ method, url, headers }, response) => {
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

  it.each([
    ['is large', '/large', 'x'.repeat(LARGE)],
    ['comes in chunks', '/chunks', 'one two'],
  ])('has a body that %s as a stream', async (_, path, text) => {
    const { body } = (await ask(path)) ?? {}
    expect(body).toBeInstanceOf(ReadableStream)
    expect(await new Response(body as ReadableStream).text()).toBe(text)
  })

  it.each([
    ['of 204', '/none', 'GET'],
    ['to HEAD', '/', 'HEAD'],
  ])('has no body %s', async (_, path, method) => {
    expect(await ask(path, { method })).toMatchObject({ body: null })
  })

  it('fails when a small body breaks off, or its request ends before it', async () => {
    await expect(ask('/broken')).rejects.toThrow('aborted')
    const controller = new AbortController()
    const stalled = ask('/stalled', {}, 'loopback', controller.signal)
    setTimeout(() => controller.abort(new Error('given up')), 20)
    await expect(stalled).rejects.toThrow('abort')
  })

  it('reaches no network that is not granted', async () => {
    await expect(ask('/', {}, 'public')).rejects.toThrow(HttpRefusal)
    await expect(ask('/', { url: new URL(`http://127.0.0.1:${port}/`) }, 'public')).rejects.toThrow(
      HttpRefusal,
    )
  })
})
