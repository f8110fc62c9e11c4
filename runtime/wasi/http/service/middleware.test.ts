import { beforeAll, describe, expect, it } from 'vitest'
import type { Agent, InvocationRecord } from '../../../agents/index.ts'
import { setTrailers, trailersOf } from '../../../host-module/index.ts'
import { RecordedRuntime } from '../../../testing/recorded-runtime.ts'
import { slowBody } from '../../../testing/slow-body.ts'
import { ANSWER, END, HELLO, RESPONSE, service } from '../../testing/service.ts'
import {
  FORWARD,
  HAND_ON,
  HAND_ON_CHANGED,
  HAND_ON_IN_VAIN,
  middleware,
  PASS_ON,
  REFUSE,
  streamingService,
} from '../../testing/streaming-service.ts'

const recorded = new RecordedRuntime()
const { runtime, records } = recorded
const PROVIDES = { provides: ['wasi:http/handler'] }
let count = 0
let handsOn: Uint8Array
let passesOn: Uint8Array

beforeAll(async () => {
  handsOn = await middleware(HAND_ON)
  passesOn = await streamingService(PASS_ON)
})

interface Chain {
  /** Of the middleware. @default hands on */
  readonly component?: Uint8Array
  readonly tool?: object
  readonly limits?: object
  /** The agent that it wraps. @default passes on; `null` for none */
  readonly next?: Uint8Array | null
  readonly nextManifest?: object
}

async function load(chain: Chain = {}): Promise<Agent & { readonly next: string }> {
  const { component = handsOn, tool = {}, limits = {}, next = passesOn, nextManifest } = chain
  const name = `outer-${++count}`
  const inner = `inner-${count}`
  if (next !== null)
    await runtime.load({ component: next, manifest: { name: inner, ...nextManifest } })
  const tools = { next: { agent: inner, ...PROVIDES, ...tool } }
  const agent = await runtime.load({
    component,
    manifest: { name, capabilities: { tools }, limits },
  })
  records.length = 0
  return Object.assign(agent, { next: inner })
}

function post(body: BodyInit, headers: Record<string, string> = {}): Request {
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, headers, duplex: 'half' }
  return new Request('http://host.test/path?query', init)
}

/** The answer of `agent`, whose first piece has come; more never does. */
async function underWay(agent: Agent): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const { body, send } = slowBody()
  const response = await agent.fetch(post(body))
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  send('one')
  await reader.read()
  return reader
}

/** Resolves when both have ended. */
async function ended(agents = 2): Promise<readonly InvocationRecord[]> {
  while (records.length < agents) await recorded.nextRecord()
  return records
}

async function failureOf(agent: Agent): Promise<string | undefined> {
  const [response, all] = [await agent.fetch(post('x')), records]
  await response.text()
  const outer = all.find(({ agent: name }) => name.startsWith('outer'))
  return outer?.outcome.state === 'failed' ? outer.outcome.error.message : outer?.outcome.state
}

const withCode = (code: string): string => `Agent answered with error "${code}"`

describe('a middleware of wasi:http@0.3', () => {
  it('hands on requests and answers, both bodies as they come, with their trailers', async () => {
    const agent = await load()
    const { body, send, end } = slowBody()
    const request = post(body)
    setTrailers(request, Promise.resolve(new Headers({ 'x-sum': '1' })))
    const response = await agent.fetch(request)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    for (const part of ['one', 'two']) {
      send(part)
      expect(new TextDecoder().decode((await reader.read()).value)).toBe(part)
    }
    expect(records).toEqual([])
    end()
    expect((await reader.read()).done).toBe(true)
    expect([...((await trailersOf(response)) ?? [])]).toEqual([['x-sum', '1']])
    const [inner, outer] = await ended()
    expect(inner).toMatchObject({ agent: agent.next, outcome: { state: 'completed', status: 200 } })
    expect(outer).toMatchObject({ id: response.headers.get('x-request-id') })
    expect(inner?.id).toBe(`${outer?.id}.1`)
    expect(outer?.outcome.state).toBe('completed')
    expect(outer?.events).toMatchObject([
      { capability: 'tools', action: 'call', target: 'next', rule: 'tools.next', bytesIn: 6 },
    ])
    expect(outer?.events[0]).toMatchObject({ outcome: 'allowed', bytesOut: 6 })
    expect(outer?.fuel).toBeGreaterThan(inner?.fuel ?? Infinity)
  })

  it('changes the head, and wraps agents that serve by another standard', async () => {
    const code = `${RESPONSE} ${ANSWER} ${HELLO} ${END}`
    const agent = await load({
      component: await middleware(HAND_ON_CHANGED),
      next: await service(code),
    })
    const response = await agent.fetch(post('x'))
    expect([response.status, await response.text()]).toEqual([201, 'hello world'])
  })

  it('lasts until the wrapped agent has ended, which goes on after its answer', async () => {
    const next = await service(`${RESPONSE} ${ANSWER} ${HELLO} ${END} (call $wait (i64.const 5))`)
    const agent = await load({ next })
    expect(await (await agent.fetch(post('x'))).text()).toBe('hello world')
    expect(records).toEqual([])
    expect((await ended()).map(({ agent: name, outcome: { state } }) => [name, state])).toEqual([
      [agent.next, 'completed'],
      [agent.name, 'completed'],
    ])
  })

  it('is stopped, and the wrapped agent with it, also while it only waits for that', async () => {
    const next = await service(
      `${RESPONSE} ${ANSWER} ${HELLO} ${END} (call $wait (i64.const 60000))`,
    )
    const agent = await load({ next })
    await (await agent.fetch(post('x'))).text()
    expect(agent.kill()).toBe(1)
    expect((await ended()).map(({ outcome }) => outcome.state).toSorted()).toEqual([
      'abandoned',
      'killed',
    ])
  })

  it('wraps a middleware', async () => {
    const innermost = await load()
    const agent = await load({ next: handsOn, nextManifest: nextOf(innermost) })
    expect(await (await agent.fetch(post('through three'))).text()).toBe('through three')
    expect((await ended(3)).map(({ outcome }) => outcome.state)).toEqual(Array(3).fill('completed'))
  })

  function nextOf({ name }: Agent): object {
    return { capabilities: { tools: { next: { agent: name, ...PROVIDES } } } }
  }

  it.each([
    ['no tools', {}],
    ['tools that provide other interfaces', { tools: { next: { provides: ['acme:math/ops'] } } }],
    ['a tool', { tools: { next: {} } }],
  ])('is not loaded with %s', async (_, capabilities) => {
    const manifest = { name: `ungranted-${++count}`, capabilities }
    await expect(runtime.load({ component: handsOn, manifest })).rejects.toMatchObject({
      code: 'ERR_CAPABILITY_DENIED',
      hint: expect.stringContaining('"provides": ["wasi:http/handler"]'),
    })
  })

  it('gets the error code of the agent that it wraps', async () => {
    const agent = await load({ next: await streamingService(REFUSE) })
    expect(await failureOf(agent)).toBe(withCode('HTTP-request-denied'))
  })

  it.each<[string, string, Chain]>([
    ['that is not loaded', 'destination-unavailable', { next: null }],
    ['when it is too deep', 'connection-limit-reached', { limits: { toolDepth: 0 } }],
    [
      'when the lease is over',
      'HTTP-request-denied',
      { tool: { expires: '2020-01-01T00:00:00Z' } },
    ],
  ])('is refused an agent %s: %s', async (_, code, chain) => {
    expect(await failureOf(await load(chain))).toBe(withCode(code))
  })

  it('is limited when its calls are spent', async () => {
    expect(await failureOf(await load({ limits: { toolCalls: 0 } }))).toBe('limited')
    expect(records[0]?.events).toMatchObject([
      { outcome: 'limited', hint: 'Raise limits.toolCalls' },
    ])
  })

  it('gets an error for an agent that traps', async () => {
    const agent = await load({ next: await streamingService('unreachable') })
    expect(await failureOf(agent)).toBe(withCode('internal-error'))
    expect(records.map(({ outcome }) => outcome.state)).toEqual(['trapped', 'failed'])
  })

  it('leaves the wrapped agent what the grant leaves it', async () => {
    recorded.upstream = async () => new Response('from upstream')
    const next = await streamingService(FORWARD, true)
    const http = [{ host: 'host.test', scheme: 'http', methods: ['POST'] }]
    const nextManifest = { capabilities: { http } }
    const allowed = await load({ next, nextManifest })
    expect(await (await allowed.fetch(post('x'))).text()).toBe('from upstream')
    const revoked = await load({ next, nextManifest, tool: { revoke: ['http[0]'] } })
    expect(await failureOf(revoked)).toBe(withCode('HTTP-request-denied'))
  })

  it('breaks off with a body that is larger than the wrapped agent may get or send', async () => {
    for (const limits of [{ requestBodyBytes: 10 }, { responseBodyBytes: 10 }]) {
      const agent = await load({ nextManifest: { limits } })
      const response = await agent.fetch(post(new Blob(['more than ten bytes']).stream()))
      await expect(response.text()).rejects.toThrow()
      const [inner] = await ended()
      expect(inner).toMatchObject({ agent: agent.next, outcome: { state: 'limited' } })
    }
  })

  it('ends with its client, and so does the wrapped agent', async () => {
    const agent = await load()
    const reader = await underWay(agent)
    await reader.cancel()
    expect((await ended()).map(({ outcome }) => outcome.state)).toEqual(['abandoned', 'abandoned'])
  })

  it('ends the wrapped agent when it drops the answer', async () => {
    const agent = await load({ component: await middleware(HAND_ON_IN_VAIN) })
    expect((await agent.fetch(post(slowBody().body))).status).toBe(502)
    expect((await ended()).map(({ outcome }) => outcome.state)).toEqual(['abandoned', 'failed'])
  })

  it('loses an answer that is under way when its grant is revoked', async () => {
    const agent = await load()
    const reader = await underWay(agent)
    await agent.attenuate({ revoke: ['tools.next'] })
    await expect(reader.read()).rejects.toThrow()
    const outer = (await ended()).find(({ agent: name }) => name === agent.name)
    expect(outer?.events).toMatchObject([
      { outcome: 'denied', hint: 'tools.next was revoked meanwhile' },
    ])
    expect((await agent.fetch(post('x'))).status).toBe(502)
  })
})
