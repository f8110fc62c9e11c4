/** Streamed bodies on the wire: the same cases for each kind of guest. @module */
import type { ServerResponse } from 'node:http'
import { expect, it, vi } from 'vitest'
import { cases, chunk, CHUNKED, CLOSE, PATIENCE, streamingHost } from './testing/streaming-host.ts'
import { bodyOf, statusOf, Wire } from './testing/wire.ts'

const MEGABYTE = 1_048_576
const host = streamingHost()
const { request, expectIdle } = host

cases('echo', (path) => {
  it.each(['declared', 'chunked'])('passes a body of 1 MiB that is %s', async (how) => {
    const sent = Uint8Array.from({ length: MEGABYTE }, (_, index) => (index * 31) & 255)
    const body = how === 'declared' ? sent : new Blob([sent]).stream()
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
    const response = await fetch(host.url + path, init)
    const received = Buffer.from(await response.arrayBuffer())
    expect(received.subarray(0, MEGABYTE).equals(sent)).toBe(true)
  })

  it('passes a small body', async () => {
    const response = await fetch(host.url + path, { method: 'POST', body: 'small' })
    expect(await response.text()).toBe('small')
  })

  it('passes each piece of a slow writer before the next is sent', async () => {
    using wire = new Wire(host.url)
    wire.send(request('POST', path, [CHUNKED, CLOSE]))
    for (const piece of ['<one>', '<two>', '<three>']) {
      wire.send(chunk(piece))
      await wire.until(new RegExp(piece))
    }
    wire.send('0\r\n\r\n')
    expect(bodyOf(await wire.closed())).toContain('<one><two><three>')
  })

  it('waits for a slow reader', async () => {
    using wire = new Wire(host.url)
    wire.socket.pause()
    wire.send(request('POST', path, [`Content-Length: ${8 * MEGABYTE}`, CLOSE]))
    const piece = 'x'.repeat(65_536)
    for (let sent = 0; sent < 128; sent++) wire.send(piece)
    await new Promise((resolve) => setTimeout(resolve, 200))
    wire.socket.resume()
    const answer = await wire.closed()
    expect(answer.split('x').length - 1).toBeGreaterThanOrEqual(8 * MEGABYTE)
  })

  it('is asked for a body that the client holds back until then', async () => {
    using wire = new Wire(host.url)
    wire.send(request('POST', path, ['Expect: 100-continue', 'Content-Length: 4', CLOSE]))
    await wire.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
    wire.send('body')
    const answer = await wire.closed()
    expect(statusOf(answer)).toBe(200)
    expect(answer).toContain('body')
  })

  it('ends with a client that breaks off', async () => {
    using wire = new Wire(host.url)
    wire.send(request('POST', path, ['Content-Length: 1000'], 'part'))
    await wire.until(/part/)
    wire.socket.destroy()
    await expectIdle()
  })

  it('sends no body to HEAD', async () => {
    using wire = new Wire(host.url)
    wire.send(request('HEAD', path, [CLOSE]))
    expect(await wire.closed()).toMatch(/^HTTP\/1\.1 200[^]*\r\n\r\n$/)
  })
})

cases('early', (path) => {
  it('answers before the body has come', async () => {
    using wire = new Wire(host.url)
    wire.send(request('POST', path, ['Content-Length: 1000000'], 'x'.repeat(1000)))
    await wire.until(/^HTTP\/1\.1 20/)
    await expectIdle()
  })

  it('reads the rest of a short body as no other request', async () => {
    using wire = new Wire(host.url)
    wire.send(request('POST', path, ['Content-Length: 20'], 'GET / HTTP'))
    await wire.until(/^HTTP\/1\.1 20/)
    wire.send('/1.1\r\n\r\n\r\n')
    wire.send(request('GET', path, [CLOSE]))
    const answer = await wire.closed()
    expect(answer).not.toMatch(/HTTP\/1\.1 4\d\d/)
  })
})

cases('relay', (path, { tellsEnd }) => {
  it('passes each event before the next is sent', async () => {
    const answered = Promise.withResolvers<ServerResponse>()
    host.handle = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      answered.resolve(response)
    }
    using wire = new Wire(host.url)
    wire.send(request('GET', path, [CLOSE]))
    const response = await answered.promise
    for (let event = 0; event < 5; event++) {
      response.write(`data: ${event}\n\n`)
      await wire.until(new RegExp(`data: ${event}\n`))
    }
    response.end()
    expect(bodyOf(await wire.closed())).toContain('data: 4')
  })

  it('passes each event of a hundred streams at once before the next is sent', async () => {
    const open: ServerResponse[] = []
    host.handle = (_, response) => {
      response.writeHead(200).flushHeaders()
      open.push(response)
    }
    const wires = Array.from({ length: 100 }, () => new Wire(host.url))
    try {
      for (const wire of wires) wire.send(request('GET', path, [CLOSE]))
      await vi.waitFor(() => expect(open).toHaveLength(100), PATIENCE)
      for (let event = 0; event < 5; event++) {
        for (const response of open) response.write(`data: ${event}\n\n`)
        await Promise.all(wires.map((wire) => wire.until(new RegExp(`data: ${event}\n`))))
      }
      for (const response of open) response.end()
      await Promise.all(wires.map((wire) => wire.closed()))
    } finally {
      for (const wire of wires) wire[Symbol.dispose]()
    }
    await expectIdle()
  })

  it.each([
    ['declared', { 'content-length': String(MEGABYTE) }],
    ['chunked', {}],
  ])('passes a body of 1 MiB that is %s', async (_, headers) => {
    host.handle = (_request, response) => {
      response.writeHead(200, headers)
      response.end(Buffer.alloc(MEGABYTE, 120))
    }
    using wire = new Wire(host.url)
    wire.send(request('GET', path, [CLOSE]))
    expect(bodyOf(await wire.closed()).split('x').length - 1).toBe(MEGABYTE)
  })

  it('breaks off where the other server does', async () => {
    host.handle = (_, response) => {
      response.writeHead(200)
      response.write('<part>')
      setTimeout(() => response.destroy(), 50)
    }
    using wire = new Wire(host.url)
    wire.send(request('GET', path, [CLOSE]))
    const answer = await wire.closed()
    expect(answer).toContain('<part>')
    if (tellsEnd) expect(bodyOf(answer)).toContain('[12]')
    else expect(answer).not.toMatch(/0\r\n\r\n$/)
    await expectIdle()
  })

  it('gives the other server up as soon as its client leaves', async () => {
    const closed = Promise.withResolvers<void>()
    host.handle = (_, response) => {
      response.on('close', () => closed.resolve())
      response.writeHead(200)
      response.write('<part>')
    }
    using wire = new Wire(host.url)
    wire.send(request('GET', path, []))
    await wire.until(/<part>/)
    wire.socket.destroy()
    await closed.promise
    await expectIdle()
  })

  it.each([204, 304])('passes status %i, which has no body', async (status) => {
    host.handle = (_, response) => void response.writeHead(status).end()
    using wire = new Wire(host.url)
    wire.send(request('GET', path, [CLOSE]))
    const answer = await wire.closed()
    expect(statusOf(answer)).toBe(tellsEnd ? 200 : status)
    await expectIdle()
  })
})

cases('upload', (path) => {
  it('sends each piece on before the next is sent, and the answer back', async () => {
    let received = ''
    host.handle = (incoming, response) => {
      incoming.on('data', (piece) => (received += String(piece)))
      incoming.on('end', () => response.end('<done>'))
    }
    using wire = new Wire(host.url)
    wire.send(request('POST', path, [CHUNKED, CLOSE]))
    for (const piece of ['<one>', '<two>', '<three>']) {
      wire.send(chunk(piece))
      await vi.waitFor(() => expect(received).toContain(piece), PATIENCE)
    }
    wire.send('0\r\n\r\n')
    expect(bodyOf(await wire.closed())).toContain('<done>')
  })

  it('passes an answer that comes before the body has ended', async () => {
    host.handle = (incoming, response) => {
      incoming.resume()
      response.writeHead(200)
      response.write('<early>')
      incoming.on('end', () => response.end('<late>'))
    }
    using wire = new Wire(host.url)
    wire.send(request('POST', path, [CHUNKED, CLOSE]))
    wire.send(chunk('part'))
    await wire.until(/<early>/)
    wire.send('0\r\n\r\n')
    expect(bodyOf(await wire.closed())).toContain('<late>')
  })

  it('breaks off where its client does: no server takes it for whole', async () => {
    const ended = Promise.withResolvers<'whole' | 'broken'>()
    const begun = Promise.withResolvers<void>()
    host.handle = (incoming) => {
      incoming.on('data', () => begun.resolve())
      incoming.on('end', () => ended.resolve('whole'))
      incoming.on('error', () => ended.resolve('broken'))
      incoming.on('close', () => ended.resolve('broken'))
    }
    using wire = new Wire(host.url)
    wire.send(request('POST', path, [CHUNKED]))
    wire.send(chunk('part'))
    await begun.promise
    wire.socket.destroy()
    expect(await ended.promise).toBe('broken')
    await expectIdle()
  })
})
