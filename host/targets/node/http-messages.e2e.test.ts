/** What clients send and get on the wire: bodies, answers, and clients that go away. @module */

import { request, type IncomingMessage } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import { bodyOf, message, statusOf, Wire } from './testing/wire.ts'
import { get, MEGABYTE, wireHost } from './testing/wire-host.ts'

const served = wireHost()

function pattern(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (index * 31) & 255)
}

const ECHOES = ['/ours/echo', '/wasi/'] as const
describe('bodies', () => {
  const lengths = [0, 1, MEGABYTE]
  it.for(ECHOES.flatMap((path) => lengths.map((length) => [path, length] as const)))(
    'pass %s unchanged: %i bytes',
    async ([path, length]) => {
      const sent = pattern(length)
      const response = await fetch(served.url + path, { method: 'POST', body: sent })
      expect(response.status).toBe(200)
      expect(Buffer.from(await response.arrayBuffer()).equals(sent)).toBe(true)
    },
  )

  it('stream through a component: 100 MB, in pieces', async () => {
    const chunk = pattern(65_536)
    const chunks = 1600
    let pulled = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (pulled++ === chunks) controller.close()
        else controller.enqueue(chunk)
      },
    })
    let mostAhead = 0
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
    const response = await fetch(`${served.url}/wasi/`, init)
    let received = 0
    for await (const part of response.body ?? []) {
      received += part.byteLength
      mostAhead = Math.max(mostAhead, pulled - received / chunk.byteLength)
    }
    expect(received).toBe(chunks * chunk.byteLength)
    // Chunks on their way, most of them in the buffers of two sockets. Together they are 1600.
    expect(mostAhead).toBeLessThan(400)
  })

  it.for(ECHOES)('may come in chunks: %s', async (path) => {
    const headers = ['Transfer-Encoding: chunked', 'Connection: close']
    const answer = await served.exchange(
      message('POST', path, headers, '3\r\nabc\r\n2;note=x\r\nde\r\n0\r\n\r\n'),
    )
    expect(statusOf(answer)).toBe(200)
    expect(bodyOf(answer)).toContain('abcde')
  })

  it.for(ECHOES)('may come a byte at a time: %s', async (path) => {
    using wire = new Wire(served.url)
    wire.send(message('POST', path, ['Content-Length: 5', 'Connection: close']))
    for (const byte of 'abcde') {
      await new Promise((resolve) => setTimeout(resolve, 10))
      wire.send(byte)
    }
    expect(bodyOf(await wire.closed())).toContain('abcde')
  })

  it.for(ECHOES)('are asked for with 100 Continue: %s', async (path) => {
    using wire = new Wire(served.url)
    wire.send(
      message('POST', path, ['Content-Length: 4', 'Expect: 100-continue', 'Connection: close']),
    )
    expect(await wire.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 100 Continue\r\n/)
    wire.send('body')
    expect(bodyOf((await wire.closed()).replace(/^.*?\r\n\r\n/s, ''))).toContain('body')
  })

  it.for([
    ['GET', 'Content-Length: 5', 'hello'],
    ['GET', 'Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n'],
    ['DELETE', 'Content-Length: 5', 'hello'],
  ] as const)('of %s reach a component: %s', async ([method, header, body]) => {
    using wire = new Wire(served.url)
    wire.send(message(method, '/wasi/', [header], body) + get('/early/'))
    const answers = await wire.closed()
    expect(answers).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[^]*hello\r\n[^]*HTTP\/1\.1 200 OK\r\n[^]*hello world/,
    )
  })

  it.for(['/early/', '/ours/'])(
    'of GET that nothing reads leave the connection in step: %s',
    async (path) => {
      const unread = message('GET', path, ['Content-Length: 100000'], 'x'.repeat(100_000))
      const answers = await served.exchange(unread + get('/ours/x'))
      expect(answers.match(/HTTP\/1\.1 200 OK\r$/gm)).toHaveLength(2)
      expect(bodyOf(answers.slice(answers.lastIndexOf('HTTP/1.1')))).toContain('"method":"GET"')
    },
  )

  it('over the limit are refused, whether declared or not', async () => {
    const declared = message('POST', '/ours/echo', ['Content-Length: 9999999', 'Connection: close'])
    using wire = new Wire(served.url)
    wire.send(declared)
    expect(statusOf(await wire.until(/\r\n\r\n/))).toBe(413)
    const part = `100000\r\n${'x'.repeat(MEGABYTE)}\r\n`
    using other = new Wire(served.url)
    other.send(message('POST', '/ours/echo', ['Transfer-Encoding: chunked'], part.repeat(5)))
    expect(statusOf(await other.until(/\r\n\r\n/))).toBe(413)
  })
})

describe('answers', () => {
  it.for(['/ours/status/200', '/early/'])('to HEAD have no body: %s', async (path) => {
    using wire = new Wire(served.url)
    wire.send(message('HEAD', path, []) + message('HEAD', path, ['Connection: close']))
    const answer = await wire.closed()
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)+\r\nHTTP\/1\.1 200 OK\r\n(.+\r\n)+\r\n$/)
  })

  it.for([
    ['/ours/status/204', 204],
    ['/ours/status/304', 304],
    ['/empty/', 204],
    ['/same/', 304],
  ] as const)('of %s have no body and frame none', async ([path, status]) => {
    const answer = await served.exchange(get(path))
    expect(statusOf(answer)).toBe(status)
    expect(bodyOf(answer)).toBe('')
    expect(answer).not.toMatch(/transfer-encoding|content-length: [1-9]/i)
  })

  it.for(['trailers', 'at-once', 'announced'])('may have trailers: %s', async (name) => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${served.url}/${name}/`, resolve).on('error', reject).end()
    })
    let text = ''
    for await (const chunk of answer) text += String(chunk)
    expect([text, answer.trailers]).toEqual(['hello world', { 'x-agent': 'test' }])
  })

  it('of a component keep a length that its body has', async () => {
    const answer = await served.exchange(get('/of-11/'))
    expect(answer).toMatch(/^content-length: 11\r$/im)
    expect(answer).not.toMatch(/transfer-encoding/i)
    expect(bodyOf(answer)).toBe('hello world')
  })

  it('of a component break off before a length that its body has not', async () => {
    const answer = await served.exchange(get('/of-12/'))
    // Cut, or refused before it began: never whole.
    expect(statusOf(answer) === 502 || /^content-length: 12\r$/im.test(answer)).toBe(true)
  })

  it('of a component lose a length that is none', async () => {
    const answer = await served.exchange(get('/of-odd/'))
    expect(statusOf(answer)).toBe(200)
    expect(answer).not.toContain('0x0b')
    expect(answer).toContain('hello world')
  })

  it.for(['/early/', '/ours/untyped', '/wasi/'])(
    'have no type that is made up: %s',
    async (path) => {
      const answer = await served.exchange(get(path))
      expect(statusOf(answer)).toBe(200)
      expect(answer).not.toMatch(/^content-type:/im)
    },
  )

  it.for([
    ['/typed/', 'application/x-thing'],
    ['/ours/', 'application/json'],
  ] as const)('keep the type they have: %s', async ([path, type]) => {
    expect(await served.exchange(get(path))).toMatch(new RegExp(`^content-type: ${type}\\r$`, 'im'))
  })

  it('that are not finished are refused', async () => {
    expect(statusOf(await served.exchange(get('/unfinished/')))).toBe(502)
  })

  it('announce trailers only where there is room for them', async () => {
    const path = '/announced/'
    expect(await served.exchange(get(path))).toMatch(/^trailer: x-agent\r$/m)
    const head = await served.exchange(message('HEAD', path, ['Connection: close']))
    const old = await served.exchange(`GET ${path} HTTP/1.0\r\n\r\n`)
    expect([statusOf(head), statusOf(old)]).toEqual([200, 200])
    expect(`${head}${old}`).not.toMatch(/^trailer:/im)
    expect(bodyOf(old)).toBe('hello world')
  })

  it.for<[string, Record<string, string>]>([
    ['X-Sum: abc\r\nx-sum: def\r\n', { 'x-sum': 'abc, def' }],
    ['', {}],
  ])('give back the trailers of the request: %j', async ([lines, trailers]) => {
    using wire = new Wire(served.url)
    const chunked = `5\r\nhello\r\n0\r\n${lines}\r\n`
    wire.send(message('POST', '/echo-trailers/', ['Transfer-Encoding: chunked'], chunked))
    const answer = await wire.until(/\r\n0\r\n([^]*\r\n)?\r\n$/)
    const last = answer.slice(answer.lastIndexOf('\r\n0\r\n') + 5)
    const found = [...last.matchAll(/^([^:\r]+): ([^\r]*)\r$/gm)].map(([, name, value]) => [
      name,
      value,
    ])
    const joined: Record<string, string> = {}
    for (const [name = '', value = ''] of found)
      joined[name] = joined[name] === undefined ? value : `${joined[name]}, ${value}`
    expect(joined).toEqual(trailers)
    expect(answer).toContain('hello')
  })

  it('may go out while the body of the request still comes', async () => {
    using wire = new Wire(served.url)
    wire.send(message('POST', '/early/', ['Content-Length: 1000000'], 'x'.repeat(1000)))
    expect(await wire.until(/hello world/)).toMatch(/^HTTP\/1\.1 200/)
  })

  it('wait for a client that does not read', async () => {
    using wire = new Wire(served.url)
    wire.socket.pause()
    const before = process.memoryUsage.rss()
    wire.send(message('GET', '/forever/', []))
    // Nothing is to happen: the time in which a guest that is not held back writes hundreds of megabytes.
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(await served.active()).toBe(1)
    // What sockets hold is the kernel's.
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * MEGABYTE)
    wire.socket.resume()
    await vi.waitFor(() => expect(wire.received.length).toBeGreaterThan(4 * MEGABYTE), {
      timeout: 10_000,
    })
    wire.socket.destroy()
    await served.expectIdle()
  })

  it('come in the order of requests that are sent at once', async () => {
    const answer = await served.exchange(
      message('GET', '/ours/slow', []) +
        message('GET', '/early/', []) +
        message('POST', '/ours/echo', ['Content-Length: 3'], 'abc') +
        get('/ours/last'),
    )
    const order = ['/slow', 'hello world', 'abc', '/last'].map((text) => answer.indexOf(text))
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(order).not.toContain(-1)
  })

  it('leave the connection open', async () => {
    using wire = new Wire(served.url)
    for (let round = 0; round < 3; round++) {
      wire.received = ''
      wire.send(message('GET', `/ours/${round}`, []))
      expect(await wire.until(new RegExp(`/${round}"`))).toMatch(/connection: keep-alive/i)
    }
  })
})

describe('a client that goes away', () => {
  it.for(ECHOES)('in the middle of its body ends the guest: %s', async (path) => {
    using wire = new Wire(served.url)
    wire.send(message('POST', path, ['Content-Length: 1000'], 'part'))
    await vi.waitFor(async () => expect(await served.active()).toBe(1))
    wire.socket.destroy()
    await served.expectIdle()
  })

  it('in the middle of the answer ends the guest', async () => {
    using wire = new Wire(served.url)
    wire.send(message('GET', '/forever/', []))
    await wire.until(/\r\n\r\n/)
    wire.socket.destroy()
    await served.expectIdle()
  })
})
