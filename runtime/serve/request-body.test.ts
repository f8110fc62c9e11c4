import { describe, expect, it } from 'vitest'
import type { Agent } from '../agents/index.ts'
import { RecordedRuntime } from '../testing/recorded-runtime.ts'
import { slowBody } from '../testing/slow-body.ts'
import { ECHO, EARLY, READ_ALL, RELAY, streamingAgent, UPLOAD } from './testing/streaming-agent.ts'

const recorded = new RecordedRuntime()
const { runtime } = recorded

const http = [{ host: 'up.test', scheme: 'http', methods: ['GET', 'POST'] }]
type Faces = Parameters<typeof streamingAgent>[1]

async function load(code: string, limits: object = {}, more: Faces = []): Promise<Agent> {
  const component = await streamingAgent(code, ['request-body', 'response-body', ...more])
  const capabilities = more.includes('http') ? { http } : {}
  return runtime.load({ component, manifest: { name: 'streaming', capabilities, limits } })
}

function thereAtOnce(text: string): ReadableStream<Uint8Array> {
  const { body, send, end } = slowBody()
  send(text)
  end()
  return body
}

function post(body: BodyInit | null, headers: HeadersInit = {}): Request {
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, headers, duplex: 'half' }
  return new Request('http://host.test/', init)
}

function readerOf({ body }: Response): ReadableStreamDefaultReader<Uint8Array> {
  return (body as ReadableStream<Uint8Array>).getReader()
}

async function textOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  return new TextDecoder().decode((await reader.read()).value)
}

describe('request-body.take()', () => {
  it('returns the body while it comes', async () => {
    const agent = await load(ECHO)
    const ending = recorded.nextRecord()
    const { body, send, end } = slowBody()
    const reader = readerOf(await agent.fetch(post(body)))
    for (const part of ['one', 'two']) {
      send(part)
      expect(await textOf(reader)).toBe(part)
    }
    end()
    expect(await textOf(reader)).toBe('[00]')
    expect((await ending).outcome).toMatchObject({ state: 'completed' })
  })

  it.each([
    ['a text', 'small'],
    ['a stream that is there', thereAtOnce('small')],
    ['nothing', null],
  ])('returns nothing where the request has it: %s', async (_, body) => {
    const agent = await load(ECHO)
    expect(await (await agent.fetch(post(body))).text()).toBe(body === null ? '' : 'small')
  })

  it('passes the start, and the rest when it comes', async () => {
    const agent = await load(ECHO)
    const { body, send, end } = slowBody()
    send('start ')
    const response = await agent.fetch(post(body, { 'content-length': '10' }))
    send('rest')
    end()
    expect(await response.text()).toBe('start rest[00]')
  })

  it('gives a guest that does not import it the whole request', async () => {
    const component = await streamingAgent(EARLY, [])
    const agent = await runtime.load({ component, manifest: { name: 'whole' } })
    const { body, send, end } = slowBody()
    let isAnswered = false
    const answer = agent.fetch(post(body)).then((response) => {
      isAnswered = true
      return response.status
    })
    send('part')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(isAnswered).toBe(false)
    end()
    expect(await answer).toBe(202)
  })

  it('lets a guest answer that does not read', async () => {
    const agent = await load(EARLY)
    const ending = recorded.nextRecord()
    const { body, send } = slowBody()
    send('part')
    expect((await agent.fetch(post(body))).status).toBe(202)
    expect((await ending).outcome).toMatchObject({ state: 'completed', status: 202 })
    expect(agent.stats().active).toBe(0)
  })

  it('refuses a body that is declared too large, and calls no guest', async () => {
    const agent = await load(READ_ALL, { requestBodyBytes: 10 })
    const ending = recorded.nextRecord()
    const { body } = slowBody()
    const response = await agent.fetch(post(body, { 'content-length': '11' }))
    expect(response.status).toBe(413)
    const { outcome, fuel } = await ending
    expect(outcome).toMatchObject({ state: 'limited', limit: 'request-body' })
    expect(fuel).toBe(0)
  })

  it('ends a body that is too large on its way with "limited", and answers 413', async () => {
    const agent = await load(READ_ALL, { requestBodyBytes: 10 })
    const ending = recorded.nextRecord()
    const { body, send } = slowBody()
    const answer = agent.fetch(post(body))
    await new Promise((resolve) => setTimeout(resolve, 5))
    send('more than ten bytes')
    expect((await answer).status).toBe(413)
    expect((await ending).outcome).toMatchObject({ state: 'limited', limit: 'request-body' })
  })

  it('lets an answer end that had begun when its request became too large', async () => {
    const agent = await load(ECHO, { requestBodyBytes: 10 })
    const { body, send } = slowBody()
    const response = await agent.fetch(post(body))
    send('ten bytes!')
    const reader = readerOf(response)
    expect(await textOf(reader)).toBe('ten bytes!')
    send('x')
    expect(await textOf(reader)).toBe('[10]')
  })

  it('ends a body with "unavailable" that breaks off', async () => {
    const agent = await load(ECHO)
    const { body, send, fail } = slowBody()
    const response = await agent.fetch(post(body))
    const reader = readerOf(response)
    send('part')
    expect(await textOf(reader)).toBe('part')
    fail()
    expect(await textOf(reader)).toBe('[12]')
  })

  it('answers 408 at the deadline while the guest waits for its request', async () => {
    const agent = await load(READ_ALL, { deadlineMs: 50 })
    const ending = recorded.nextRecord()
    expect((await agent.fetch(post(slowBody().body))).status).toBe(408)
    expect((await ending).outcome).toMatchObject({ state: 'limited', limit: 'request-time' })
  })

  it('ends with its client', async () => {
    const agent = await load(READ_ALL)
    const ending = recorded.nextRecord()
    const gone = new AbortController()
    const answer = agent.fetch(post(slowBody().body), { signal: gone.signal })
    await new Promise((resolve) => setTimeout(resolve, 5))
    gone.abort()
    await answer
    expect((await ending).outcome.state).toBe('abandoned')
  })
})

describe('http.open(), from a component', () => {
  it('relays each event before the next is sent', async () => {
    const { body, send, end } = slowBody()
    recorded.upstream = async () => new Response(body)
    const agent = await load(RELAY, {}, ['http'])
    const ending = recorded.nextRecord()
    const reader = readerOf(await agent.fetch(post(null)))
    for (const event of ['one', 'two', 'three']) {
      send(event)
      expect(await textOf(reader)).toBe(event)
    }
    end()
    expect(await textOf(reader)).toBe('[00]')
    const { outcome, events } = await ending
    expect(outcome.state).toBe('completed')
    expect(events).toMatchObject([{ capability: 'http', outcome: 'allowed', bytesIn: 11 }])
  })

  it('passes a short response without a stream', async () => {
    recorded.upstream = async () => new Response('short')
    const agent = await load(RELAY, {}, ['http'])
    expect(await (await agent.fetch(post(null))).text()).toBe('short')
  })

  it('fails as http.wit says', async () => {
    recorded.upstream = () => Promise.reject(new Error('no such host'))
    const agent = await load(RELAY, {}, ['http'])
    expect((await agent.fetch(post(null))).status).toBe(504)
  })

  it('sends the body of the request on as it comes, which never comes into the guest', async () => {
    recorded.upstream = async (request) => new Response(request.body)
    const agent = await load(UPLOAD, {}, ['http'])
    const ending = recorded.nextRecord()
    const { body, send, end } = slowBody()
    const reader = readerOf(await agent.fetch(post(body)))
    for (const part of ['one', 'two']) {
      send(part)
      expect(await textOf(reader)).toBe(part)
    }
    end()
    expect(await textOf(reader)).toBe('[00]')
    expect((await ending).events).toMatchObject([{ outcome: 'allowed', bytesIn: 6, bytesOut: 6 }])
  })

  it('breaks off upstream when the client breaks off', async () => {
    const broken = Promise.withResolvers<unknown>()
    recorded.upstream = async (request) => {
      request.text().catch(broken.resolve)
      return new Promise(() => {})
    }
    const agent = await load(UPLOAD, {}, ['http'])
    const { body, send, fail } = slowBody()
    const answer = agent.fetch(post(body))
    send('part')
    await new Promise((resolve) => setTimeout(resolve, 5))
    fail()
    expect((await answer).status).toBe(504)
    await broken.promise
  })

  it('cancels the upstream within a turn when the client leaves', async () => {
    const { body, send, cancelled } = slowBody()
    let signal: AbortSignal | undefined
    recorded.upstream = async (_, options) => {
      signal = options.signal
      return new Response(body)
    }
    const agent = await load(RELAY, {}, ['http'])
    const ending = recorded.nextRecord()
    const reader = readerOf(await agent.fetch(post(null)))
    send('event')
    await textOf(reader)
    await reader.cancel()
    await new Promise((resolve) => setImmediate(resolve))
    expect(signal?.aborted).toBe(true)
    await cancelled
    expect((await ending).outcome.state).toBe('abandoned')
  })
})
