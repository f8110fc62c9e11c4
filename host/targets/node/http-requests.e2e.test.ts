/** Requests that a client may send, and those that are refused: by their form, size, method, target, host or pace. @module */

import { describe, expect, it, vi } from 'vitest'
import { bodyOf, message, statusOf, Wire } from './testing/wire.ts'
import { get, NOT_FINAL, wireHost } from './testing/wire-host.ts'

const served = wireHost()

describe('requests that are not HTTP', () => {
  const line = 'POST /ours/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n'
  it.for([
    [
      'a header name with a byte that may not be',
      'GET /ours/ HTTP/1.1\r\nHost: a\r\na\x01b: x\r\n\r\n',
    ],
    ['a header value with a zero byte', 'GET /ours/ HTTP/1.1\r\nHost: a\r\na: x\x00y\r\n\r\n'],
    [
      'a header that ends with LF of its own',
      'GET /ours/ HTTP/1.1\r\nHost: a\r\na: x\n b: y\r\n\r\n',
    ],
    ['two hosts', 'GET /ours/ HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
    [
      'the same host twice',
      'GET /ours/ HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n',
    ],
    ['no host', 'GET /ours/ HTTP/1.1\r\n\r\n'],
    ['two lengths', `${line}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`],
    ['the same length twice', `${line}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`],
    [
      'a length and chunks',
      `${line}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'chunks and a length',
      `${line}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n`,
    ],
    ['chunks that are not last', `${line}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ['a space before the colon', `${line}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['a length that is no number', `${line}Content-Length: +3\r\n\r\nabc`],
    ['a length below zero', `${line}Content-Length: -3\r\n\r\nabc`],
    ['a folded header', 'GET /ours/ HTTP/1.1\r\nHost: a\r\nx-a: b\r\n c\r\n\r\n'],
    ['a method that is no word', 'G(T /ours/ HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a version there is not', 'GET /ours/ HTTP/9.9\r\nHost: a\r\n\r\n'],
  ] as const)('answers 400: %s', async ([, text]) => {
    expect(statusOf(await served.exchange(text))).toBe(400)
  })

  it('answers 400 to a chunk whose length is no number', async () => {
    const answer = await served.exchange(
      `${line}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n`,
    )
    expect(statusOf(answer)).toBe(400)
    await served.expectIdle()
  })
})

describe('requests with too much', () => {
  it('of headers get 431', async () => {
    const many = Array.from({ length: 32_769 }, (_, index) => `x-${index}: `)
    expect(statusOf(await served.exchange(get('/ours/', ...many)))).toBe(431)
  })

  it('in their headers get 431', async () => {
    expect(statusOf(await served.exchange(get('/ours/', `x-large: ${'x'.repeat(100_000)}`)))).toBe(
      431,
    )
  })

  it('in their line get 431', async () => {
    expect(statusOf(await served.exchange(get(`/ours/${'x'.repeat(100_000)}`)))).toBe(431)
  })

  it('of short headers are not cut off silently', async () => {
    const some = Array.from({ length: 3000 }, () => 'a:')
    const answer = await served.exchange(get('/ours/', ...some, 'x-given: last'))
    expect([200, 431]).toContain(statusOf(answer))
    if (statusOf(answer) === 200) expect(bodyOf(answer)).toContain('"last"')
  })
})

describe('methods', () => {
  it.for(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    '%s reaches the agent',
    async (method) => {
      expect(await served.seen('/ours/x', method)).toMatchObject({ method })
    },
  )
})

describe('targets', () => {
  it.for([
    ['percent-encoded', '/ours/a%2Fb%20%25?c=%26%3d', 'http://a/a%2Fb%20%25?c=%26%3d'],
    ['unicode, encoded', '/ours/%E2%9C%93/%c3%a9', 'http://a/%E2%9C%93/%c3%a9'],
    ['with slashes in turn', '/ours//a//b/', 'http://a//a//b/'],
    ['long', `/ours/${'x'.repeat(8000)}?q`, `http://a/${'x'.repeat(8000)}?q`],
    ['with nothing in the query', '/ours/x?', 'http://a/x?'],
    ['absolute', 'http://a/ours/x?y', 'http://a/x?y'],
  ] as const)('are passed on as sent: %s', async ([, target, url]) => {
    expect(await served.seen(target)).toMatchObject({ url, x: 'y' })
  })

  it('with bytes that are not encoded never fail the host', async () => {
    expect(statusOf(await served.exchange(get('/ours/\xe2\x9c\x93')))).toBeLessThan(500)
  })

  it('of the whole server are not an agent', async () => {
    const answer = await served.exchange(message('OPTIONS', '*', ['Connection: close']))
    expect([400, 404]).toContain(statusOf(answer))
  })

  it('do not leave their agent through dots', async () => {
    const target = '/ours/../-/nothing'
    const to = (host: string): string =>
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
    // The control plane has it: nothing is there, and to other names than those of this machine it says less.
    expect(statusOf(await served.exchange(to('localhost')))).toBe(404)
    expect(statusOf(await served.exchange(to('ours.example')))).toBe(403)
  })
})

describe('hosts', () => {
  it.for([
    'a,b',
    '127.999.1.1',
    '127.1',
    '0x7f.1',
    '',
    'u:p@foo',
    'foo|bar',
    'localhost/x',
    'foo:99999',
    '[fe80::1%25eth0]',
    '\xfcn\xef',
  ])('that readers may read as two are refused: %j', async (host) => {
    const answer = await served.exchange(`GET /ours/x HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    expect([statusOf(answer), JSON.parse(bodyOf(answer))]).toEqual([
      400,
      { error: 'not a host', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ])
  })

  it.for(['a', 'A.example', 'localhost:1', '[::1]:80', '127.0.0.1:8787', 'a_b.c.', '3com'])(
    'that all readers read alike are served: %j',
    async (host) => {
      const close = 'Connection: close\r\n'
      const answer = await served.exchange(`GET /ours/x HTTP/1.1\r\nHost: ${host}\r\n${close}\r\n`)
      expect(statusOf(answer)).toBe(200)
    },
  )

  it.for([
    ['http://evil.example/ours/x', 400],
    ['http://a@evil.example/ours/x', 400],
    ['http://u:p@a/ours/x', 400],
    ['http://a:81/ours/x', 400],
    ['http://A:80/ours/x', 200],
    ['https:/ours/x', 400],
    ['a:80', 400],
    ['ours/x', 400],
    ['/ours\\x', 400],
  ] as const)('of a target are the host of the request: %s', async ([target, status]) => {
    expect(statusOf(await served.exchange(get(target)))).toBe(status)
  })
})

describe('requests for something else than an answer', () => {
  it.for([
    ['TRACE', '/ours/x'],
    ['TRACE', '/-/health'],
    ['CONNECT', 'a:80'],
  ] as const)('get 405: %s %s', async ([method, target]) => {
    const answer = await served.exchange(message(method, target, ['Connection: close']))
    expect(statusOf(answer)).toBe(405)
    expect(answer).toMatch(/^allow: GET, HEAD, POST/im)
    expect(JSON.parse(bodyOf(answer))).toMatchObject({ error: `method ${method} not allowed` })
  })

  it.for(['websocket', 'h2c, websocket', 'connect-udp'])(
    'get 400: Upgrade: %s',
    async (protocol) => {
      const answer = await served.exchange(
        message('GET', '/ours/x', [`Upgrade: ${protocol}`, 'Connection: upgrade']),
      )
      expect([statusOf(answer), JSON.parse(bodyOf(answer))]).toEqual([
        400,
        { error: 'no other protocol is served', requestId: expect.any(String) },
      ])
    },
  )

  // As curl --http2 does, which goes on with HTTP/1.1.
  it.for(['h2c', 'TLS/1.0, HTTP/2.0'])('may do without it: Upgrade: %s', async (protocol) => {
    const headers = [`Upgrade: ${protocol}`, 'Connection: Upgrade, HTTP2-Settings, close']
    const answer = await served.exchange(
      message(
        'POST',
        '/ours/echo',
        [...headers, 'HTTP2-Settings: AAMAAABk', 'Content-Length: 3'],
        'abc',
      ),
    )
    expect([statusOf(answer), bodyOf(answer)]).toEqual([200, 'abc'])
  })
})

describe('a status that ends no answer', () => {
  it.for(NOT_FINAL)('%i gets 502, and the next request its own answer', async (status) => {
    const answer = await served.exchange(
      message('GET', `/status-${status}/`, []) + get('/ours/next'),
    )
    expect(answer).toMatch(/^HTTP\/1\.1 502 [^]*HTTP\/1\.1 200 [^]*\/next/)
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(2)
  })
})

describe('a request that comes slowly', () => {
  const targets = ['/hasty/echo', '/whole/']

  it.for(targets)('has the deadline of its agent, and gets 408: %s', async (target) => {
    using wire = new Wire(served.url)
    wire.send(message('POST', target, ['Transfer-Encoding: chunked']))
    // After what has arrived is read: a write to a connection that is closed gives up the answer that lies there.
    const trickle = setInterval(() => setImmediate(() => wire.send('1\r\nx\r\n')), 20)
    try {
      const answer = await wire.closed()
      expect(statusOf(answer)).toBe(408)
      expect(answer).toMatch(/^connection: close/im)
    } finally {
      clearInterval(trickle)
    }
    await served.expectIdle()
  })

  it.for(targets)('and stops gets 408 as well: %s', async (target) => {
    using wire = new Wire(served.url)
    wire.send(message('POST', target, ['Content-Length: 100'], 'part'))
    expect(statusOf(await wire.closed())).toBe(408)
    await served.expectIdle()
  })

  it('is answered when it is there in time', async () => {
    using wire = new Wire(served.url)
    wire.send(message('POST', '/hasty/echo', ['Content-Length: 2', 'Connection: close'], 'a'))
    await vi.waitFor(async () => expect(await served.active()).toBe(1))
    wire.send('b')
    expect(bodyOf(await wire.closed())).toBe('ab')
  })
})

describe('HTTP/1.0', () => {
  it.for(['/ours/x', '/early/'])('is answered, and the connection closed: %s', async (path) => {
    const answer = await served.exchange(`GET ${path} HTTP/1.0\r\nHost: a\r\n\r\n`)
    expect(statusOf(answer)).toBe(200)
    expect(answer).not.toMatch(/transfer-encoding/i)
  })

  // What health checks of HAProxy send.
  it.for(['/ours/x', '/early/', '/-/health'])('needs no host: %s', async (path) => {
    expect(statusOf(await served.exchange(`GET ${path} HTTP/1.0\r\n\r\n`))).toBe(200)
  })
})
