/**
 * Bodies that JavaScript agents read, send and pass on while they arrive, against a server on this machine, and where the
 * engine of the host cannot switch stacks as well.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { guardedFetch } from '../../host/drivers/guarded-fetch/index.ts'
import { buildAgent } from '../../host/toolchain/index.ts'
import { manifestFromObject } from '../../runtime/manifest/index.ts'
import type { Runtime } from '../../runtime/presets/index.ts'

const EVENTS = 5
// More than sockets and queues between an upstream and a client hold.
const MANY_BYTES = 64 * 2 ** 20

let server: Server
let base = ''
/** Has the upstream of `/gated` send its next event. */
let next: () => void = ready
let closed: string[] = []
let sentBytes = 0

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

const ANSWERS: Readonly<Record<string, Answer>> = {
  '/small': (_, response) => response.end('small'),
  '/json': (_, response) => slowly(response, ['{"a"', ':[1,', '2]}']),
  '/events': (_, response) => slowly(response, events()),
  '/gated': async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of events()) {
      await new Promise<void>((resolve) => (next = resolve))
      response.write(event)
    }
    response.end()
  },
  '/endless': async (_, response) => {
    const chunk = Buffer.alloc(65_536)
    response.writeHead(200)
    while (!response.destroyed) {
      sentBytes += chunk.length
      if (!response.write(chunk)) await drained(response)
    }
  },
  '/many': async (_, response) => {
    const chunk = Buffer.alloc(65_536)
    for (let sent = 0; sent < MANY_BYTES; sent += chunk.length) {
      if (!response.write(chunk)) await drained(response)
    }
    response.end()
  },
  '/halting': (_, response) => void response.writeHead(200).write('first'),
  '/never': () => {},
  '/cut': async (_, response) => {
    response.writeHead(200).write('some of it')
    await sleep(20)
    response.destroy()
  },
  '/none': (_, response) => response.writeHead(200).end(),
  '/204': (_, response) => response.writeHead(204).end(),
  '/304': (_, response) => response.writeHead(304).end(),
  '/collect': async (request, response) => {
    const parts: string[] = []
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part.toString())
    response.end(JSON.stringify([parts.join(''), request.headers['transfer-encoding'] ?? '']))
  },
  '/early': (_, response) => response.end('no need'),
}

/** No upstream waits yet. */
function ready(): void {}

function events(): string[] {
  return Array.from({ length: EVENTS }, (_, at) => `data: ${at}\n\n`)
}

async function slowly(response: ServerResponse, parts: string[]): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const part of parts) {
    response.write(part)
    await sleep(10)
  }
  response.end()
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve)
    response.once('close', resolve)
  })
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? ''
    response.on('error', () => {})
    request.on('error', () => {})
    request.on('aborted', () => closed.push(`${path} request`))
    response.on('close', () => {
      if (!response.writableFinished) closed.push(path)
    })
    void Promise.resolve(ANSWERS[path]?.(request, response)).catch(() => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(() => {
  closed = []
  sentBytes = 0
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const STACKS = { Suspending: WebAssembly.Suspending, promising: WebAssembly.promising }

// No guest keeps its slot between events that come often: the test that counts slots would wait for a second each time.
const SELDOM = { keepOftenMs: 0 }

describe.each([
  ['with stack switching', STACKS, SELDOM],
  ['without stack switching', { Suspending: undefined, promising: undefined }, SELDOM],
  ['where guests that wait leave their slots at once', STACKS, { keepMs: 0 }],
])('%s', (_, stacks, waiting) => {
  let runtime: Runtime
  let agent: Awaited<ReturnType<Runtime['load']>>
  const failures: string[] = []

  beforeAll(async () => {
    Object.assign(WebAssembly, stacks)
    // The runtime looks for them once.
    vi.resetModules()
    const presets = await import('../../runtime/presets/index.ts')
    runtime = new presets.Runtime({
      waiting,
      drivers: { http: guardedFetch(), log: { write: () => {} } },
      onInvocation: ({ outcome }) => {
        if (outcome.state !== 'completed') failures.push(outcome.state)
      },
    })
    const directory = fileURLToPath(new URL('fixture/streaming', import.meta.url))
    const built = await buildAgent({ directory })
    const http = [
      { host: '127.0.0.1', scheme: 'http', network: 'loopback', port: Number(new URL(base).port) },
    ]
    const { capabilities, limits } = manifestFromObject({
      name: 'streaming',
      capabilities: { http: http.map((rule) => ({ ...rule, methods: ['GET', 'HEAD', 'POST'] })) },
      limits: { memoryBytes: 64 * 2 ** 20, inboundBytes: 2 ** 31, responseBodyBytes: 2 ** 30 },
    })
    agent = await runtime.load({ ...built, manifest: { ...built.manifest, capabilities, limits } })
  }, 120_000)

  afterAll(async () => {
    Object.assign(WebAssembly, STACKS)
    await runtime.close()
  })

  function ask(path: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<Response> {
    const headers = { 'x-upstream': base, ...(init.headers as Record<string, string>) }
    return agent.fetch(new Request(`http://agent${path}`, { ...init, headers }))
  }
  const text = async (path: string, init?: RequestInit): Promise<string> =>
    (await ask(path, init)).text()
  const json = async (path: string, init?: RequestInit): Promise<unknown> =>
    (await ask(path, init)).json()

  it.each(['relay', 'wrap', 'upper'])(
    '%s: an event arrives before the next is sent',
    async (way) => {
      next = ready
      const asked = ask(`/${way}/gated`)
      await vi.waitUntil(() => next !== ready)
      next()
      const response = await asked
      const reader = response.body?.getReader()
      const seen: string[] = []
      for (let at = 0; at < EVENTS; at++) {
        const chunk = await reader?.read()
        seen.push(new TextDecoder().decode(chunk?.value).toLowerCase())
        await sleep(1)
        next()
      }
      expect(seen).toEqual(events())
      expect((await reader?.read())?.done).toBe(true)
    },
  )

  it.each([
    ['relay/small', 'small'],
    ['text/small', 'small'],
    ['text/events', events().join('')],
    ['json/json', '{"a":[1,2]}'],
    ['relay/none', ''],
    ['text/none', ''],
    ['wrap/none', ''],
    ['both/events', JSON.stringify([events().join(''), events().join(''), true, true])],
    ['used/events', '[true,false,true,true,"TypeError"]'],
  ])('%s reads all of a body', async (path, expected) => {
    expect(await text(`/${path}`)).toBe(expected)
  })

  it.each([204, 304])('a response %i has no body', async (status) => {
    const response = await ask(`/relay/${status}`)
    expect([response.status, response.body]).toEqual([status, null])
  })

  it('reads many bytes, in few chunks, with little memory', async () => {
    const [bytes, chunks] = (await json('/count/many')) as [number, number]
    expect(bytes).toBe(MANY_BYTES)
    expect(chunks).toBeLessThan(MANY_BYTES / 8192)
  })

  it('passes many bytes on', async () => {
    let bytes = 0
    for await (const chunk of (await ask('/relay/many')).body ?? []) bytes += chunk.length
    expect(bytes).toBe(MANY_BYTES)
  })

  it('relays a hundred streams at once', async () => {
    const asked = Array.from({ length: 100 }, () => text('/wrap/events'))
    expect(new Set(await Promise.all(asked))).toEqual(new Set([events().join('')]))
  })

  it('a guest that waits for a body has no slot', async () => {
    next = ready
    const asked = ask('/wrap/gated')
    for (let at = 0; at < EVENTS; at++) {
      await vi.waitUntil(() => next !== ready && agent.stats().waiting.guests === 1)
      const send = next
      next = ready
      send()
    }
    expect(await (await asked).text()).toBe(events().join(''))
  })

  it('a reader that stops holds the upstream back', async () => {
    expect(await text('/slow/endless')).toBe('enough')
    expect(sentBytes).toBeLessThan(16 * 2 ** 20)
    await vi.waitUntil(() => closed.includes('/endless'))
  })

  it('a client that does not read holds the upstream back', async () => {
    const response = await ask('/relay/endless')
    await sleep(200)
    const sent = sentBytes
    await sleep(100)
    expect(sentBytes).toBe(sent)
    await response.body?.cancel()
    await vi.waitUntil(() => closed.includes('/endless'))
  })

  it.each([
    ['abort/halting', [false, 'AbortError', 'AbortError']],
    ['abort-text/halting', 'TimeoutError'],
    ['abort-head/never', 'TimeoutError'],
  ])('%s ends a fetch at that stage', async (path, expected) => {
    expect(await json(`/${path}`)).toEqual(expected)
    await vi.waitUntil(() => closed.includes(`/${path.split('/')[1]}`))
  })

  it('a body that breaks off is an error like that of fetch()', async () => {
    expect(await json('/broken/cut')).toEqual([200, 'TypeError', 'unavailable', 'CapabilityError'])
  })

  it('a relayed body that breaks off breaks the answer off', async () => {
    const response = await ask('/relay/cut')
    await expect(response.text()).rejects.toThrow()
  })

  it.each([
    ['upload', 'part 0;part 1;part 2;'],
    ['generate', 'part 0;part 1;part 2;'],
  ])('%s sends a body while it is made', async (way, body) => {
    expect(await json(`/${way}/collect`, { headers: { 'x-count': '3' } })).toEqual([
      body,
      'chunked',
    ])
  })

  it('an answer may come before the body was sent', async () => {
    expect(await text('/upload/early', { headers: { 'x-count': '1000' } })).toBe('no need')
  })

  it('a source that fails breaks the request off', async () => {
    const seen = ['TypeError', 'RangeError', 'no more']
    expect(await json('/upload-fails/collect')).toEqual(seen)
    await vi.waitUntil(() => closed.includes('/collect request'))
  })

  it('a signal ends an upload, and its source hears of it', async () => {
    expect(await json('/upload-abort/collect')).toEqual(['TimeoutError', 'TimeoutError'])
    await vi.waitUntil(() => closed.includes('/collect request'))
  })

  it('a stream as body needs duplex', async () => {
    expect(await json('/duplex/collect')).toEqual(['TypeError', 'TypeError', 'half'])
  })

  /** Gives `parts`, each when it is asked for, and hears of its end. */
  function partsOf(
    parts: readonly string[],
    error?: Error,
  ): { body: ReadableStream; ended: string[] } {
    const ended: string[] = []
    let at = 0
    const body = new ReadableStream({
      async pull(controller) {
        await sleep(2)
        const part = parts[at++]
        if (part !== undefined) controller.enqueue(new TextEncoder().encode(part))
        else if (error === undefined) controller.close()
        else controller.error(error)
      },
      cancel: () => void ended.push('cancelled'),
    })
    return { body, ended }
  }
  const post = (body: BodyInit): RequestInit & { duplex: 'half' } => ({
    method: 'POST',
    body,
    duplex: 'half',
  })

  it('reads the body of a request that arrives', async () => {
    const { body } = partsOf(['a', 'b', 'c'])
    expect(await json('/read-request', post(body))).toEqual(['abc', true])
    expect(await json('/read-request', post('whole'))).toEqual(['whole', true])
    expect(await json('/read-request', post(partsOf([]).body))).toEqual(['', true])
  })

  it('a body of a request that breaks off is an error', async () => {
    const { body } = partsOf(['a'], new Error('gone'))
    expect(await json('/request-error', post(body))).toEqual([
      'TypeError',
      'unavailable',
      'CapabilityError',
    ])
  })

  it('echoes a request while it arrives', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const asked = ask('/echo', post(readable))
    void writer.write(new TextEncoder().encode('part 0'))
    const reader = (await asked).body?.getReader()
    for (let at = 0; at < 5; at++) {
      expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(`part ${at}`)
      void writer.write(new TextEncoder().encode(`part ${at + 1}`))
    }
    await reader?.read()
    void writer.close()
    expect((await reader?.read())?.done).toBe(true)
  })

  it('sends a request on while it arrives', async () => {
    const { body } = partsOf(['a', 'b', 'c'])
    expect(await json('/forward/collect', post(body))).toEqual(['abc', 'chunked'])
  })

  it('an agent that does not read a request may answer', async () => {
    const { body } = partsOf(Array.from({ length: 1000 }, () => 'x'))
    expect(await text('/relay/small', post(body))).toBe('small')
  })

  it.each(['GET', 'HEAD'])('a %s request has no body', async (method) => {
    const response = await ask('/no-body', { method })
    expect(await response.text()).toBe('[null,""]')
  })

  it('only the client that left and the body that broke off ended a call', () =>
    expect(failures).toEqual(['abandoned', 'failed']))
})
