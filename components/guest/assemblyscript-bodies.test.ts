/** Bodies that agents in AssemblyScript read and write piece by piece, in both styles, against a server on this machine. @module */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { guardedFetch } from '../../host/drivers/guarded-fetch/index.ts'
import { buildAgent, type BuiltAgent } from '../../host/toolchain/index.ts'
import type { InvocationRecord } from '../../runtime/agents/index.ts'
import { decodeComponent } from '../../runtime/binary/index.ts'
import { http } from '../../runtime/capabilities/http/index.ts'
import { makePlan, type LinkPlan } from '../../runtime/link/index.ts'
import { manifestFromObject } from '../../runtime/manifest/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'
import { slowBody } from '../../runtime/testing/slow-body.ts'

type Answering = (request: IncomingMessage, response: ServerResponse) => unknown

const MIB = 2 ** 20
// Nothing listens there: a port of the system, which no test may open.
const CLOSED = 'http://127.0.0.1:1/'

let server: Server
let answering: Answering = () => {}
beforeAll(async () => {
  server = createServer((request, response) => void answering(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

function folder(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

function planOf({ component }: BuiltAgent): LinkPlan {
  return makePlan(decodeComponent(component), component)
}

function importsOf(built: BuiltAgent): string[] {
  return planOf(built).imports.map(({ interface: path, name }) => `${path}#${name}`)
}

/** Whether streams or futures are read or written. */
function copies(built: BuiltAgent): boolean {
  return planOf(built).trampolines.some(({ kind }) => kind === 'stream' || kind === 'future')
}

/** Reads exactly as many bytes as `text` has. */
async function expectNext(reader: ReadableStreamDefaultReader<Uint8Array>, text: string) {
  let read = ''
  while (read.length < text.length) {
    const { done, value } = await reader.read()
    if (done) break
    read += new TextDecoder().decode(value)
  }
  expect(read).toBe(text)
}

function started(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (response.body === null) throw new Error('Cannot read the answer: it has no body')
  return response.body.getReader()
}

/** How the body of a request that the server got ended, and how long it was. */
function received(request: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    let length = 0
    request.on('data', (chunk: Buffer) => (length += chunk.length))
    request.on('end', () => resolve(`whole ${length}`))
    request.on('error', () => resolve(`broken`))
  })
}

describe.each([['streaming-as'], ['streaming-waiting-as']])('%s', (name) => {
  const records: InvocationRecord[] = []
  const runtime = new Runtime({
    capabilities: [http(guardedFetch(), { maxRequestBytes: 32 * MIB })],
    onInvocation: (record) => void records.push(record),
  })
  let built: BuiltAgent
  let agent: Awaited<ReturnType<Runtime['load']>>
  beforeAll(async () => {
    built = await buildAgent({ directory: folder(`fixture/${name}`) })
    const { port } = server.address() as AddressInfo
    const rule = { host: '127.0.0.1', scheme: 'http', network: 'loopback' }
    const rules = [port, 1].map((each) => ({ ...rule, port: each, methods: ['GET', 'POST'] }))
    const { capabilities } = manifestFromObject({
      name: built.manifest.name,
      capabilities: { http: rules, config: {}, log: false },
    })
    agent = await runtime.load({ ...built, manifest: { ...built.manifest, capabilities } })
  }, 60_000)
  afterAll(() => runtime.close())

  function ask(path: string, init: RequestInit & { up?: string; duplex?: 'half' } = {}) {
    const { up = '/', ...others } = init
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${up}`
    return agent.fetch(new Request(`http://agent${path}`, { ...others, headers: { 'x-up': url } }))
  }

  function post(path: string, body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>) {
    return ask(path, { method: 'POST', body, duplex: 'half' })
  }

  /** Of the invocation that ended last. */
  async function ended(): Promise<InvocationRecord | undefined> {
    await vi.waitUntil(() => records.length > 0)
    return records.splice(0).at(-1)
  }

  it('relays a response piece by piece', async () => {
    let up: ServerResponse | undefined
    answering = (_request, response) => {
      up = response.writeHead(203)
      up.write('event 0;')
    }
    const response = await ask('/relay')
    expect(response.status).toBe(203)
    const reader = started(response)
    for (let event = 0; event < 5; event++) {
      await expectNext(reader, `event ${event};`)
      up?.write(`event ${event + 1};`)
    }
    up?.end()
    await expectNext(reader, 'event 5;')
    expect(await reader.read()).toEqual({ done: true, value: undefined })
  })

  it('relays a short response', async () => {
    answering = (_request, response) => response.end('short')
    expect(await (await ask('/relay')).text()).toBe('short')
    answering = (_request, response) => response.writeHead(204).end()
    expect(await (await ask('/all')).text()).toBe('')
  })

  it('reads all of a response', async () => {
    answering = (_request, response) => {
      response.write('a'.repeat(70_000))
      setImmediate(() => response.end('end'))
    }
    expect(await (await ask('/all')).text()).toBe(`${'a'.repeat(70_000)}end`)
  })

  it('sees that a response broke off', async () => {
    answering = (_request, response) =>
      response.write('half', () => setImmediate(() => response.destroy()))
    expect(await (await ask('/all')).text()).toBe('halfunavailable')
    records.length = 0
    await expect((await ask('/relay')).text()).rejects.toThrow('Cannot finish call')
    expect(await ended()).toMatchObject({ outcome: { state: 'trapped' } })
  })

  it('ends a response that it reads no further', async () => {
    const closed = Promise.withResolvers<void>()
    answering = (_request, response) => {
      response.on('close', closed.resolve)
      response.write('start')
    }
    expect(await (await ask('/first')).text()).toBe('start')
    await closed.promise
  })

  it('ends the response when its client leaves', async () => {
    const closed = Promise.withResolvers<void>()
    answering = (_request, response) => {
      response.on('close', closed.resolve)
      response.write('start')
    }
    const reader = started(await ask('/relay'))
    await expectNext(reader, 'start')
    await reader.cancel()
    await closed.promise
    expect(await ended()).toMatchObject({ outcome: { state: 'abandoned' } })
  })

  it('passes 16 MiB through 1 MiB of memory', { timeout: 30_000 }, async () => {
    answering = async (request, response) => {
      if (request.method === 'POST') return response.end(await received(request))
      for (let sent = 0; sent < 256; sent++) {
        if (!response.write(Buffer.alloc(65_536, sent)))
          await new Promise((resolve) => response.once('drain', resolve))
      }
      response.end()
    }
    // Of the limit 1 MiB is for a stack.
    expect(built.manifest.limits.memoryBytes).toBe(2 * MIB)
    expect(await (await ask('/count-up')).text()).toBe(String(16 * MIB))
    const bytes = new Uint8Array(await (await ask('/relay')).arrayBuffer())
    expect([bytes.length, bytes.at(65_535), bytes.at(65_536), bytes.at(-1)]).toEqual([
      16 * MIB,
      0,
      1,
      255,
    ])
    const body = (): Uint8Array<ArrayBuffer> => new Uint8Array(16 * MIB)
    expect(await (await post('/count', body())).text()).toBe(String(16 * MIB))
    for (const path of ['/upload', '/pass'])
      expect(await (await post(path, body())).text()).toBe(`whole ${16 * MIB}`)
    expect((await (await post('/echo', body())).arrayBuffer()).byteLength).toBe(16 * MIB)
  })

  // More than there is room for if each leaves something in memory.
  it.runIf(name === 'streaming-as')('writes any number of pieces', async () => {
    expect((await (await ask('/many')).arrayBuffer()).byteLength).toBe(40_000)
  })

  it('answers with its request while that arrives', async () => {
    const { body, send, end } = slowBody()
    const answer = post('/echo', body)
    send('part 0;')
    const reader = started(await answer)
    for (let part = 0; part < 3; part++) {
      await expectNext(reader, `part ${part};`)
      send(`part ${part + 1};`)
    }
    await expectNext(reader, 'part 3;')
    end()
    expect(await reader.read()).toEqual({ done: true, value: undefined })
  })

  it('reads a request that is there with its head, and one that is empty', async () => {
    expect(await (await post('/count', new Uint8Array(7))).text()).toBe('7')
    expect(await (await ask('/count')).text()).toBe('0')
  })

  it.each(['/upload', '/pass'])('sends its request on while that arrives: %s', async (path) => {
    const { body, send, end } = slowBody()
    const chunks: string[] = []
    answering = (request, response) => {
      request.on('data', (chunk: Buffer) => chunks.push(String(chunk)))
      request.on('end', () => response.end('done'))
    }
    const answer = post(path, body)
    for (let part = 0; part < 3; part++) {
      send(`part ${part};`)
      await vi.waitUntil(() => chunks.join('').endsWith(`part ${part};`))
    }
    end()
    expect(await (await answer).text()).toBe('done')
    expect(chunks.join('')).toBe('part 0;part 1;part 2;')
  })

  it.each(['/abandon', '/forget'])('breaks off a request: %s', async (path) => {
    let seen: Promise<string> | undefined
    answering = (request) => void (seen = received(request))
    const { body, send, end } = slowBody()
    const answer = post(path, body)
    send('half')
    await vi.waitUntil(() => seen !== undefined)
    end()
    expect(await (await answer).text()).toBe(path.slice(1))
    expect(await seen).toBe('broken')
  })

  it.each(['/upload', '/pass'])('breaks off a request of which no more comes: %s', async (path) => {
    let seen: Promise<string> | undefined
    answering = (request) => void (seen = received(request))
    const { body, send, fail } = slowBody()
    const answer = post(path, body)
    send('half')
    await vi.waitUntil(() => seen !== undefined)
    fail()
    await answer
    expect(await seen).toBe('broken')
  })

  it('passes on an answer that comes before the request has ended', async () => {
    answering = (_request, response) => response.writeHead(413).end('too long')
    const { body, send, end } = slowBody()
    const answer = post('/upload', body)
    send('part')
    const response = await (name === 'streaming-as' ? (end(), answer) : answer)
    expect([response.status, await response.text()]).toEqual([413, 'too long'])
  })

  it('passes on an answer of a server that does not read', async () => {
    answering = (_request, response) => response.writeHead(413).end('too long')
    const response = await post('/upload', new Uint8Array(8 * MIB))
    expect([response.status, await response.text()]).toEqual([413, 'too long'])
  })

  it.each([
    ['/upload', 'denied', 'http://other.example/'],
    ['/pass', 'denied', 'http://other.example/'],
    ['/upload', 'malformed', 'no URL'],
    ['/upload', 'unavailable', CLOSED],
    ['/pass', 'unavailable', CLOSED],
  ])('learns that a request with a body gets no answer: %s, %s', async (path, error, url) => {
    const init = { method: 'POST', body: 'x'.repeat(1_000_000), headers: { 'x-up': url } }
    const response = await agent.fetch(new Request(`http://agent${path}`, init))
    expect([response.status, await response.text()]).toEqual([502, error])
  })

  it('waits inside only where it has a stack', () => {
    const waits = planOf(built).trampolines.filter(
      (each) =>
        each.kind === 'waitable-set.wait' ||
        ((each.kind === 'stream' || each.kind === 'future') && each.options?.async === false),
    )
    expect(waits.length > 0).toBe(name === 'streaming-as')
    expect(importsOf(built).some((each) => each.includes('request-body'))).toBe(true)
  })
})

describe('an agent that reads no body piece by piece', () => {
  it.each(['functions-as', 'functions-waiting-as', 'waiting-as', '../../examples/calc'])(
    'imports nothing for it: %s',
    async (name) => {
      const built = await buildAgent({ directory: folder(`fixture/${name}`) })
      expect(copies(built)).toBe(false)
      expect(importsOf(built).filter((each) => /request-body|#open$/.test(each))).toEqual([])
    },
  )
})
