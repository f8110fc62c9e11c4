import { describe, expect, it } from 'vitest'
import type { Agent } from '../../../agents/index.ts'
import { setTrailers, trailersOf } from '../../../host-module/index.ts'
import { HOST_WORK_FUEL } from '../../../meter/index.ts'
import { RecordedRuntime } from '../../../testing/recorded-runtime.ts'
import { FORWARD, PASS_ON, REFUSE, streamingService } from '../../testing/streaming-service.ts'

const recorded = new RecordedRuntime()
const { runtime } = recorded

async function load(
  code: string,
  { limits = {}, http }: { limits?: object; http?: object[] } = {},
): Promise<Agent> {
  const component = await streamingService(code, http !== undefined)
  const capabilities = http === undefined ? {} : { http }
  return runtime.load({ component, manifest: { name: 'streaming', capabilities, limits } })
}

/** A body that a test sends part by part. */
function slowBody(): { body: ReadableStream<Uint8Array>; send(text: string): void; end(): void } {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({ start: (it) => void (controller = it) })
  return {
    body,
    send: (text) => controller?.enqueue(new TextEncoder().encode(text)),
    end: () => controller?.close(),
  }
}

function post(body: BodyInit): Request {
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
  return new Request('http://host.test/path?query', init)
}

async function textOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<string | undefined> {
  const { value } = await reader.read()
  return value && new TextDecoder().decode(value)
}

describe('SERVICE_HANDLER', () => {
  it('charges the bytes of a body that goes from host to host', async () => {
    const agent = await load(PASS_ON)
    const fuelOf = async (bytes: number): Promise<number> => {
      const ended = recorded.nextRecord()
      const response = await agent.fetch(post('x'.repeat(bytes)))
      expect((await response.text()).length).toBe(bytes)
      return (await ended).fuel
    }
    const small = await fuelOf(10)
    expect((await fuelOf(50_010)) - small).toBeGreaterThanOrEqual(50_000 * HOST_WORK_FUEL.byte)
  })

  it('passes the body of the request on as it comes, after the guest has ended', async () => {
    const agent = await load(PASS_ON)
    const ending = recorded.nextRecord()
    const { body, send, end } = slowBody()
    const response = await agent.fetch(post(body))
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    for (const part of ['one', 'two']) {
      send(part)
      expect(await textOf(reader)).toBe(part)
    }
    // The invocation lasts as long as its answer.
    expect(agent.stats().active).toBe(1)
    end()
    expect(await textOf(reader)).toBeUndefined()
    expect((await ending).outcome).toMatchObject({ state: 'completed', status: 200 })
    expect(agent.stats().active).toBe(0)
  })

  it('passes trailers on, but for those that only a head may have', async () => {
    const agent = await load(PASS_ON)
    const request = post('body')
    setTrailers(request, Promise.resolve(new Headers({ 'x-sum': '1', 'set-cookie': 'a=b' })))
    const response = await agent.fetch(request)
    expect(await response.text()).toBe('body')
    expect([...((await trailersOf(response)) ?? [])]).toEqual([['x-sum', '1']])
  })

  it('ends with its client', async () => {
    const agent = await load(PASS_ON)
    const ending = recorded.nextRecord()
    const { body, send } = slowBody()
    const response = await agent.fetch(post(body))
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    send('one')
    await textOf(reader)
    await reader.cancel()
    expect((await ending).outcome.state).toBe('abandoned')
  })

  it('ends at its deadline when its client is slow, also when the guest has ended', async () => {
    const agent = await load(PASS_ON, { limits: { deadlineMs: 50 } })
    const ending = recorded.nextRecord()
    const { body, send } = slowBody()
    const response = await agent.fetch(post(body))
    send('one')
    await expect(response.text()).rejects.toThrow()
    expect((await ending).outcome).toMatchObject({ state: 'limited', limit: 'request-time' })
  })

  it('breaks a body off that is larger than the answer may be', async () => {
    const agent = await load(PASS_ON, { limits: { responseBodyBytes: 10 } })
    const ending = recorded.nextRecord()
    const response = await agent.fetch(post('more than ten bytes'))
    await expect(response.text()).rejects.toThrow()
    expect((await ending).outcome).toMatchObject({ state: 'limited', limit: 'response-body' })
  })

  it('refuses a request body that is larger than it may be', async () => {
    const agent = await load(PASS_ON, { limits: { requestBodyBytes: 10 } })
    const ending = recorded.nextRecord()
    const response = await agent.fetch(post(new Blob(['more than ten bytes']).stream()))
    await response.text().catch(() => {})
    expect((await ending).outcome).toMatchObject({ state: 'limited', limit: 'request-body' })
  })

  it('answers a request for the head without the body', async () => {
    const agent = await load(PASS_ON)
    const ending = recorded.nextRecord()
    const response = await agent.fetch(new Request('http://host.test/', { method: 'HEAD' }))
    expect([response.status, response.body]).toEqual([200, null])
    expect((await ending).outcome.state).toBe('completed')
  })

  it('tells the operator the error of the guest, and the client that there was one', async () => {
    const agent = await load(REFUSE)
    const ending = recorded.nextRecord()
    expect((await agent.fetch(post('x'))).status).toBe(502)
    expect((await ending).outcome).toMatchObject({
      state: 'failed',
      error: { message: 'Agent answered with error "HTTP-request-denied"' },
    })
  })
})

describe('wasi:http/client@0.3', () => {
  const http = [{ host: 'host.test', scheme: 'http', methods: ['POST'] }]

  it('sends what the manifest grants, streamed both ways', async () => {
    recorded.upstream = async (request) =>
      new Response(request.body, { status: 201, headers: { 'x-from': request.url } })
    const agent = await load(FORWARD, { http })
    const ending = recorded.nextRecord()
    const response = await agent.fetch(post('forwarded'))
    expect([response.status, response.headers.get('x-from')]).toEqual([
      201,
      'http://host.test/path?query',
    ])
    expect(await response.text()).toBe('forwarded')
    const { outcome, events } = await ending
    expect(outcome.state).toBe('completed')
    expect(events).toMatchObject([
      {
        capability: 'http',
        action: 'POST',
        target: 'host.test',
        outcome: 'allowed',
        rule: 'http[0]',
      },
    ])
    expect(events[0]).toMatchObject({ bytesIn: 9, bytesOut: 9 })
  })

  it('sends a target as it came, with what only URLs allow', async () => {
    recorded.upstream = async (request) => Response.json(request.url)
    const agent = await load(FORWARD, { http })
    const url = 'http://host.test/a|b[c]^%20?q=`{|}^'
    const response = await agent.fetch(new Request(url, { method: 'POST' }))
    expect(await response.json()).toBe(new URL(url).href)
  })

  it('refuses what the manifest does not grant, and asks no server', async () => {
    recorded.upstream = () => Promise.reject(new Error('asked'))
    const agent = await load(FORWARD, { http: [{ host: 'other.test' }] })
    const ending = recorded.nextRecord()
    expect((await agent.fetch(post('forwarded'))).status).toBe(502)
    const { outcome, events } = await ending
    expect(outcome).toMatchObject({
      error: { message: 'Agent answered with error "HTTP-request-denied"' },
    })
    expect(events).toMatchObject([{ capability: 'http', outcome: 'denied', target: 'host.test' }])
  })

  it('is not linked without a grant', async () => {
    const component = await streamingService(FORWARD, true)
    await expect(
      runtime.load({ component, manifest: { name: 'ungranted' } }),
    ).rejects.toMatchObject({ code: 'ERR_CAPABILITY_DENIED' })
  })

  it('cancels the upstream when the client leaves', async () => {
    const { body, send } = slowBody()
    const cancelled = Promise.withResolvers<void>()
    recorded.upstream = async (_request, { signal }) => {
      signal.addEventListener('abort', () => cancelled.resolve())
      return new Response(body as BodyInit)
    }
    const agent = await load(FORWARD, { http })
    const response = await agent.fetch(post('x'))
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    send('event')
    expect(await textOf(reader)).toBe('event')
    await reader.cancel()
    await cancelled.promise
  })
})
