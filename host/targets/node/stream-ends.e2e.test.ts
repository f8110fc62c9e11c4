/** Ends of streamed bodies on the wire: trailers, resets, early answers, slow readers, and messages without a body. @module */
import type { ServerResponse } from 'node:http'
import { expect, it, vi } from 'vitest'
import { cases, chunk, CHUNKED, CLOSE, PATIENCE, streamingHost } from './testing/streaming-host.ts'
import { bodyOf, statusOf, Wire } from './testing/wire.ts'

const MEBIBYTE = 1_048_576
const host = streamingHost()
const { request, expectIdle } = host

/** What is left of trailers in an answer. */
function expectTrailers(answer: string, pass: boolean): void {
  if (pass) expect(answer).toMatch(/0\r\nx-sum: 42\r\n\r\n$/i)
  else expect(answer).not.toMatch(/x-sum: 42/i)
}

cases('echo', (path, { trailers = [] }) => {
  it('takes trailers of a request for no part of its body', async () => {
    using wire = new Wire(host.url)
    wire.send(request('POST', path, [CHUNKED, 'Trailer: x-sum', 'TE: trailers', CLOSE]))
    wire.send(`${chunk('<body>')}0\r\nx-sum: 42\r\n\r\n`)
    const answer = await wire.closed()
    expect(statusOf(answer)).toBe(200)
    expect(bodyOf(answer)).toContain('<body>')
    expectTrailers(answer, trailers.includes('echo'))
  })

  it('ends with a client that resets its connection', async () => {
    using wire = new Wire(host.url)
    wire.send(request('POST', path, [CHUNKED]) + chunk('part'))
    await wire.until(/part/)
    wire.socket.resetAndDestroy()
    await expectIdle()
  })

  it('passes no body for whole that a client ended too soon', async () => {
    using wire = new Wire(host.url)
    wire.send(request('POST', path, [CHUNKED, CLOSE]) + chunk('part'))
    await wire.until(/part/)
    wire.socket.end()
    const answer = await wire.closed()
    expect(answer).not.toMatch(/part\r\n0\r\n\r\n$/)
    await expectIdle()
  })
})

cases('early', (path) => {
  it('answers a client that waits with its body, and takes nothing from that for a request', async () => {
    using wire = new Wire(host.url)
    const headers = ['Expect: 100-continue', 'Content-Length: 18']
    wire.send(request('POST', path, headers))
    await wire.until(/^HTTP\/1\.1 20\d[^]*\r\n\r\n/m)
    wire.send('GET / HTTP/1.1\r\n\r\n')
    wire.send(request('GET', path, [CLOSE]))
    const answer = await wire.closed()
    expect(answer).not.toMatch(/^HTTP\/1\.1 4/m)
    await expectIdle()
  })

  it('sends no body to HEAD', async () => {
    using wire = new Wire(host.url)
    wire.send(request('HEAD', path, [CLOSE]))
    expect(await wire.closed()).toMatch(/^HTTP\/1\.1 20[^]*\r\n\r\n$/)
  })
})

cases('relay', (path, { tellsEnd, trailers = [] }) => {
  it('takes trailers of an answer for no part of its body', async () => {
    host.handle = (_, response) => {
      response.writeHead(200, { trailer: 'x-sum' })
      response.write('<body>')
      response.addTrailers({ 'x-sum': '42' })
      response.end()
    }
    using wire = new Wire(host.url)
    wire.send(request('GET', path, ['TE: trailers', CLOSE]))
    const answer = await wire.closed()
    expect(bodyOf(answer)).toContain('<body>')
    expectTrailers(answer, trailers.includes('relay'))
  })

  it('passes what is there of a body whose length is declared and which comes slowly', async () => {
    const answered = Promise.withResolvers<ServerResponse>()
    host.handle = (_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('<one>')
      answered.resolve(response)
    }
    using wire = new Wire(host.url)
    wire.send(request('GET', path, [CLOSE]))
    await wire.until(/<one>/)
    const response = await answered.promise
    response.end('<two>')
    expect(await wire.closed()).toContain('<two>')
  })

  it('takes from the other server what its reader takes, and no more', async () => {
    const bytes = 96 * MEBIBYTE
    let sent = 0
    host.handle = async (_, response) => {
      response.writeHead(200)
      const piece = Buffer.alloc(65_536, 120)
      for (; sent < bytes; sent += piece.length) {
        if (!response.write(piece)) await new Promise((drained) => response.once('drain', drained))
      }
      response.end()
    }
    using wire = new Wire(host.url)
    wire.socket.removeAllListeners('data')
    wire.socket.pause()
    wire.send(request('GET', path, [CLOSE]))
    await vi.waitFor(() => expect(sent).toBeGreaterThan(0), PATIENCE)
    let before = -1
    // Until nothing moves any more: all that the sockets and the streams in between hold.
    while (before !== sent) {
      before = sent
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    expect(sent).toBeLessThan(bytes / 2)
    let received = 0
    wire.socket.on('data', (piece: string) => (received += piece.length))
    wire.socket.resume()
    await wire.closed(30_000)
    expect(received).toBeGreaterThan(bytes)
    await expectIdle()
  }, 60_000)

  it('breaks off where the other server resets its connection', async () => {
    host.handle = (_, response) => {
      response.writeHead(200)
      response.write('<part>')
      setTimeout(() => response.socket?.resetAndDestroy(), 50)
    }
    using wire = new Wire(host.url)
    wire.send(request('GET', path, [CLOSE]))
    const answer = await wire.closed()
    expect(answer).toContain('<part>')
    if (!tellsEnd) expect(answer).not.toMatch(/0\r\n\r\n$/)
    await expectIdle()
  })

  it('says that the other server gave no answer', async () => {
    host.handle = (_, response) => void response.socket?.resetAndDestroy()
    using wire = new Wire(host.url)
    wire.send(request('GET', path, [CLOSE]))
    expect(statusOf(await wire.closed())).toBeGreaterThanOrEqual(500)
    await expectIdle()
  })

  it('takes hints for no answer', async () => {
    host.handle = (_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' })
      response.end('<body>')
    }
    using wire = new Wire(host.url)
    wire.send(request('GET', path, [CLOSE]))
    const answer = await wire.closed()
    expect(statusOf(answer)).toBe(200)
    expect(bodyOf(answer)).toContain('<body>')
  })

  it('sends no body to HEAD', async () => {
    host.handle = (_, response) => void response.end('<body>')
    using wire = new Wire(host.url)
    wire.send(request('HEAD', path, [CLOSE]))
    expect(await wire.closed()).toMatch(/^HTTP\/1\.1 200[^]*\r\n\r\n$/)
    await expectIdle()
  })

  it('passes status 205, which has no body', async () => {
    host.handle = (_, response) => void response.writeHead(205, { 'content-length': '0' }).end()
    using wire = new Wire(host.url)
    wire.send(request('GET', path, [CLOSE]))
    const answer = await wire.closed()
    expect(statusOf(answer)).toBe(tellsEnd ? 200 : 205)
    await expectIdle()
  })
})

cases('upload', (path) => {
  it('asks its client for a body that is held back until then', async () => {
    let received = ''
    host.handle = (incoming, response) => {
      incoming.on('data', (piece) => (received += String(piece)))
      incoming.on('end', () => response.end('<done>'))
    }
    using wire = new Wire(host.url)
    wire.send(request('POST', path, ['Expect: 100-continue', 'Content-Length: 4', CLOSE]))
    await wire.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
    wire.send('body')
    expect(bodyOf(await wire.closed())).toContain('<done>')
    expect(received).toBe('body')
  })

  it('waits for the other server to read', async () => {
    const bytes = 96 * MEBIBYTE
    const held = Promise.withResolvers<() => void>()
    let received = 0
    host.handle = (incoming, response) => {
      held.resolve(() => {
        incoming.on('data', (piece: Buffer) => (received += piece.length))
        incoming.on('end', () => response.end('<done>'))
      })
    }
    using wire = new Wire(host.url)
    wire.send(request('POST', path, [`Content-Length: ${bytes}`, CLOSE]))
    const piece = Buffer.alloc(65_536, 120)
    let taken = 0
    const writing = (async () => {
      for (let sent = 0; sent < bytes; sent += piece.length) {
        await new Promise((written) => wire.socket.write(piece, written))
        taken = sent
      }
    })()
    const read = await held.promise
    let before = -1
    while (before !== taken) {
      before = taken
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    expect(taken).toBeLessThan(bytes / 2)
    read()
    await writing
    expect(await wire.closed(30_000)).toContain('<done>')
    expect(received).toBe(bytes)
  }, 60_000)

  it('passes an answer that needs no body, and ends', async () => {
    host.handle = (_, response) => void response.writeHead(413, { connection: 'close' }).end('<no>')
    using wire = new Wire(host.url)
    wire.send(request('POST', path, [CHUNKED]) + chunk('part'))
    await wire.until(/<no>/)
    wire.socket.destroy()
    await expectIdle()
  })

  it('says that the other server broke off', async () => {
    host.handle = (incoming) => {
      incoming.once('data', () => incoming.socket.resetAndDestroy())
    }
    using wire = new Wire(host.url)
    wire.send(request('POST', path, [CHUNKED, CLOSE]) + chunk('part'))
    expect(statusOf(await wire.closed())).toBeGreaterThanOrEqual(500)
    await expectIdle()
  })
})
